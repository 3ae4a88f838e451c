/* format/audit_table_list.h - the kernel's and auditd's numbers, one line each. Included by audit_tables.c only.
 * Record types: include/uapi/linux/audit.h of Linux and lib/msg_typetab.h of audit-userspace.
 * System calls, with enum audit_syscall_class: arch/x86/entry/syscalls, scripts/syscall.tbl (for aarch64, riscv64 and
 * loongarch64).
 */
#ifndef FORMAT_AUDIT_TABLE_LIST_H
#define FORMAT_AUDIT_TABLE_LIST_H

/* clang-format off */
#define AUDIT_TYPE_LIST(X) \
    X(1005, USER) X(1006, LOGIN) X(1100, USER_AUTH) X(1101, USER_ACCT) X(1102, USER_MGMT) X(1103, CRED_ACQ)            \
    X(1104, CRED_DISP) X(1105, USER_START) X(1106, USER_END) X(1107, USER_AVC) X(1108, USER_CHAUTHTOK)                 \
    X(1109, USER_ERR) X(1110, CRED_REFR) X(1111, USYS_CONFIG) X(1112, USER_LOGIN) X(1113, USER_LOGOUT)                 \
    X(1114, ADD_USER) X(1115, DEL_USER) X(1116, ADD_GROUP) X(1117, DEL_GROUP) X(1118, DAC_CHECK) X(1119, CHGRP_ID)     \
    X(1120, TEST) X(1121, TRUSTED_APP) X(1122, USER_SELINUX_ERR) X(1123, USER_CMD) X(1124, USER_TTY)                   \
    X(1125, CHUSER_ID) X(1126, GRP_AUTH) X(1127, SYSTEM_BOOT) X(1128, SYSTEM_SHUTDOWN) X(1129, SYSTEM_RUNLEVEL)        \
    X(1130, SERVICE_START) X(1131, SERVICE_STOP) X(1132, GRP_MGMT) X(1133, GRP_CHAUTHTOK) X(1134, MAC_CHECK)           \
    X(1135, ACCT_LOCK) X(1136, ACCT_UNLOCK) X(1137, USER_DEVICE) X(1138, SOFTWARE_UPDATE) X(1200, DAEMON_START)        \
    X(1201, DAEMON_END) X(1202, DAEMON_ABORT) X(1203, DAEMON_CONFIG) X(1205, DAEMON_ROTATE) X(1206, DAEMON_RESUME)     \
    X(1207, DAEMON_ACCEPT) X(1208, DAEMON_CLOSE) X(1209, DAEMON_ERR) X(1300, SYSCALL) X(1302, PATH) X(1303, IPC)       \
    X(1304, SOCKETCALL) X(1305, CONFIG_CHANGE) X(1306, SOCKADDR) X(1307, CWD) X(1309, EXECVE) X(1311, IPC_SET_PERM)    \
    X(1312, MQ_OPEN) X(1313, MQ_SENDRECV) X(1314, MQ_NOTIFY) X(1315, MQ_GETSETATTR) X(1316, KERNEL_OTHER)              \
    X(1317, FD_PAIR) X(1318, OBJ_PID) X(1319, TTY) X(1320, EOE) X(1321, BPRM_FCAPS) X(1322, CAPSET) X(1323, MMAP)      \
    X(1324, NETFILTER_PKT) X(1325, NETFILTER_CFG) X(1326, SECCOMP) X(1327, PROCTITLE) X(1328, FEATURE_CHANGE)          \
    X(1329, REPLACE) X(1330, KERN_MODULE) X(1331, FANOTIFY) X(1332, TIME_INJOFFSET) X(1333, TIME_ADJNTPVAL)            \
    X(1334, BPF) X(1335, EVENT_LISTENER) X(1336, URINGOP) X(1337, OPENAT2) X(1338, DM_CTRL) X(1339, DM_EVENT)          \
    X(1400, AVC) X(1401, SELINUX_ERR) X(1402, AVC_PATH) X(1403, MAC_POLICY_LOAD) X(1404, MAC_STATUS)                   \
    X(1405, MAC_CONFIG_CHANGE) X(1406, MAC_UNLBL_ALLOW) X(1407, MAC_CIPSOV4_ADD) X(1408, MAC_CIPSOV4_DEL)              \
    X(1409, MAC_MAP_ADD) X(1410, MAC_MAP_DEL) X(1411, MAC_IPSEC_ADDSA) X(1412, MAC_IPSEC_DELSA)                        \
    X(1413, MAC_IPSEC_ADDSPD) X(1414, MAC_IPSEC_DELSPD) X(1415, MAC_IPSEC_EVENT) X(1416, MAC_UNLBL_STCADD)             \
    X(1417, MAC_UNLBL_STCDEL) X(1418, MAC_CALIPSO_ADD) X(1419, MAC_CALIPSO_DEL) X(1420, IPE_ACCESS)                    \
    X(1421, IPE_CONFIG_CHANGE) X(1422, IPE_POLICY_LOAD) X(1423, LANDLOCK_ACCESS) X(1424, LANDLOCK_DOMAIN)              \
    X(1500, APPARMOR) X(1501, APPARMOR_AUDIT) X(1502, APPARMOR_ALLOWED) X(1503, APPARMOR_DENIED)                       \
    X(1504, APPARMOR_HINT) X(1505, APPARMOR_STATUS) X(1506, APPARMOR_ERROR) X(1507, APPARMOR_KILL)                     \
    X(1700, ANOM_PROMISCUOUS) X(1701, ANOM_ABEND) X(1702, ANOM_LINK) X(1703, ANOM_CREAT) X(1800, INTEGRITY_DATA)       \
    X(1801, INTEGRITY_METADATA) X(1802, INTEGRITY_STATUS) X(1803, INTEGRITY_HASH) X(1804, INTEGRITY_PCR)               \
    X(1805, INTEGRITY_RULE) X(1806, INTEGRITY_EVM_XATTR) X(1807, INTEGRITY_POLICY_RULE) X(2000, KERNEL)                \
    X(2100, ANOM_LOGIN_FAILURES) X(2101, ANOM_LOGIN_TIME) X(2102, ANOM_LOGIN_SESSIONS) X(2103, ANOM_LOGIN_ACCT)        \
    X(2104, ANOM_LOGIN_LOCATION) X(2105, ANOM_MAX_DAC) X(2106, ANOM_MAX_MAC) X(2107, ANOM_AMTU_FAIL)                   \
    X(2108, ANOM_RBAC_FAIL) X(2109, ANOM_RBAC_INTEGRITY_FAIL) X(2110, ANOM_CRYPTO_FAIL) X(2111, ANOM_ACCESS_FS)        \
    X(2112, ANOM_EXEC) X(2113, ANOM_MK_EXEC) X(2114, ANOM_ADD_ACCT) X(2115, ANOM_DEL_ACCT) X(2116, ANOM_MOD_ACCT)      \
    X(2117, ANOM_ROOT_TRANS) X(2118, ANOM_LOGIN_SERVICE) X(2119, ANOM_LOGIN_ROOT) X(2120, ANOM_ORIGIN_FAILURES)        \
    X(2121, ANOM_SESSION) X(2200, RESP_ANOMALY) X(2201, RESP_ALERT) X(2202, RESP_KILL_PROC)                            \
    X(2203, RESP_TERM_ACCESS) X(2204, RESP_ACCT_REMOTE) X(2205, RESP_ACCT_LOCK_TIMED)                                  \
    X(2206, RESP_ACCT_UNLOCK_TIMED) X(2207, RESP_ACCT_LOCK) X(2208, RESP_TERM_LOCK) X(2209, RESP_SEBOOL)               \
    X(2210, RESP_EXEC) X(2211, RESP_SINGLE) X(2212, RESP_HALT) X(2213, RESP_ORIGIN_BLOCK)                              \
    X(2214, RESP_ORIGIN_BLOCK_TIMED) X(2215, RESP_ORIGIN_UNBLOCK_TIMED) X(2300, USER_ROLE_CHANGE)                      \
    X(2301, ROLE_ASSIGN) X(2302, ROLE_REMOVE) X(2303, LABEL_OVERRIDE) X(2304, LABEL_LEVEL_CHANGE)                      \
    X(2305, USER_LABELED_EXPORT) X(2306, USER_UNLABELED_EXPORT) X(2307, DEV_ALLOC) X(2308, DEV_DEALLOC)                \
    X(2309, FS_RELABEL) X(2310, USER_MAC_POLICY_LOAD) X(2311, ROLE_MODIFY) X(2312, USER_MAC_CONFIG_CHANGE)             \
    X(2313, USER_MAC_STATUS) X(2400, CRYPTO_TEST_USER) X(2401, CRYPTO_PARAM_CHANGE_USER) X(2402, CRYPTO_LOGIN)         \
    X(2403, CRYPTO_LOGOUT) X(2404, CRYPTO_KEY_USER) X(2405, CRYPTO_FAILURE_USER) X(2406, CRYPTO_REPLAY_USER)           \
    X(2407, CRYPTO_SESSION) X(2408, CRYPTO_IKE_SA) X(2409, CRYPTO_IPSEC_SA) X(2500, VIRT_CONTROL)                      \
    X(2501, VIRT_RESOURCE) X(2502, VIRT_MACHINE_ID) X(2503, VIRT_INTEGRITY_CHECK) X(2504, VIRT_CREATE)                 \
    X(2505, VIRT_DESTROY) X(2506, VIRT_MIGRATE_IN) X(2507, VIRT_MIGRATE_OUT)

#define AUDIT_SYSCALL_X86_64_LIST(X)                                                                                   \
    X(0, read, OTHER) X(1, write, OTHER) X(2, open, OPEN) X(3, close, OTHER) X(4, stat, OTHER) X(5, fstat, OTHER)      \
    X(6, lstat, OTHER) X(7, poll, OTHER) X(8, lseek, OTHER) X(9, mmap, OTHER) X(10, mprotect, OTHER)                   \
    X(11, munmap, OTHER) X(12, brk, OTHER) X(13, rt_sigaction, OTHER) X(14, rt_sigprocmask, OTHER)                     \
    X(15, rt_sigreturn, OTHER) X(16, ioctl, OTHER) X(17, pread, OTHER) X(18, pwrite, OTHER) X(19, readv, OTHER)        \
    X(20, writev, OTHER) X(21, access, OTHER) X(22, pipe, OTHER) X(23, select, OTHER) X(24, sched_yield, OTHER)        \
    X(25, mremap, OTHER) X(26, msync, OTHER) X(27, mincore, OTHER) X(28, madvise, OTHER) X(29, shmget, OTHER)          \
    X(30, shmat, OTHER) X(31, shmctl, OTHER) X(32, dup, OTHER) X(33, dup2, OTHER) X(34, pause, OTHER)                  \
    X(35, nanosleep, OTHER) X(36, getitimer, OTHER) X(37, alarm, OTHER) X(38, setitimer, OTHER) X(39, getpid, OTHER)   \
    X(40, sendfile, OTHER) X(41, socket, SOCKET) X(42, connect, CONNECT) X(43, accept, ACCEPT) X(44, sendto, SEND)     \
    X(45, recvfrom, RECEIVE) X(46, sendmsg, SEND) X(47, recvmsg, RECEIVE) X(48, shutdown, OTHER) X(49, bind, BIND)     \
    X(50, listen, BIND) X(51, getsockname, OTHER) X(52, getpeername, OTHER) X(53, socketpair, SOCKET)                  \
    X(54, setsockopt, OTHER) X(55, getsockopt, OTHER) X(56, clone, OTHER) X(57, fork, OTHER) X(58, vfork, OTHER)       \
    X(59, execve, EXECUTE) X(60, exit, OTHER) X(61, wait4, OTHER) X(62, kill, SIGNAL) X(63, uname, OTHER)              \
    X(64, semget, OTHER) X(65, semop, OTHER) X(66, semctl, OTHER) X(67, shmdt, OTHER) X(68, msgget, OTHER)             \
    X(69, msgsnd, OTHER) X(70, msgrcv, OTHER) X(71, msgctl, OTHER) X(72, fcntl, OTHER) X(73, flock, OTHER)             \
    X(74, fsync, OTHER) X(75, fdatasync, OTHER) X(76, truncate, WRITE) X(77, ftruncate, WRITE) X(78, getdents, OTHER)  \
    X(79, getcwd, OTHER) X(80, chdir, OTHER) X(81, fchdir, OTHER) X(82, rename, RENAME) X(83, mkdir, CREATE)           \
    X(84, rmdir, DELETE) X(85, creat, CREATE) X(86, link, LINK) X(87, unlink, DELETE) X(88, symlink, LINK)             \
    X(89, readlink, READ) X(90, chmod, ATTRIBUTE) X(91, fchmod, ATTRIBUTE) X(92, chown, ATTRIBUTE)                     \
    X(93, fchown, ATTRIBUTE) X(94, lchown, ATTRIBUTE) X(95, umask, OTHER) X(96, gettimeofday, OTHER)                   \
    X(97, getrlimit, OTHER) X(98, getrusage, OTHER) X(99, sysinfo, OTHER) X(100, times, OTHER) X(101, ptrace, TRACE)   \
    X(102, getuid, OTHER) X(103, syslog, OTHER) X(104, getgid, OTHER) X(105, setuid, IDENTITY)                         \
    X(106, setgid, IDENTITY) X(107, geteuid, OTHER) X(108, getegid, OTHER) X(109, setpgid, OTHER)                      \
    X(110, getppid, OTHER) X(111, getpgrp, OTHER) X(112, setsid, OTHER) X(113, setreuid, IDENTITY)                     \
    X(114, setregid, IDENTITY) X(115, getgroups, OTHER) X(116, setgroups, IDENTITY) X(117, setresuid, IDENTITY)        \
    X(118, getresuid, OTHER) X(119, setresgid, IDENTITY) X(120, getresgid, OTHER) X(121, getpgid, OTHER)               \
    X(122, setfsuid, IDENTITY) X(123, setfsgid, IDENTITY) X(124, getsid, OTHER) X(125, capget, OTHER)                  \
    X(126, capset, OTHER) X(127, rt_sigpending, OTHER) X(128, rt_sigtimedwait, OTHER) X(129, rt_sigqueueinfo, OTHER)   \
    X(130, rt_sigsuspend, OTHER) X(131, sigaltstack, OTHER) X(132, utime, OTHER) X(133, mknod, CREATE)                 \
    X(134, uselib, OTHER) X(135, personality, OTHER) X(136, ustat, OTHER) X(137, statfs, OTHER)                        \
    X(138, fstatfs, OTHER) X(139, sysfs, OTHER) X(140, getpriority, OTHER) X(141, setpriority, OTHER)                  \
    X(142, sched_setparam, OTHER) X(143, sched_getparam, OTHER) X(144, sched_setscheduler, OTHER)                      \
    X(145, sched_getscheduler, OTHER) X(146, sched_get_priority_max, OTHER) X(147, sched_get_priority_min, OTHER)      \
    X(148, sched_rr_get_interval, OTHER) X(149, mlock, OTHER) X(150, munlock, OTHER) X(151, mlockall, OTHER)           \
    X(152, munlockall, OTHER) X(153, vhangup, OTHER) X(154, modify_ldt, OTHER) X(155, pivot_root, NAMESPACE)           \
    X(156, _sysctl, OTHER) X(157, prctl, OTHER) X(158, arch_prctl, OTHER) X(159, adjtimex, CLOCK)                      \
    X(160, setrlimit, OTHER) X(161, chroot, NAMESPACE) X(162, sync, OTHER) X(163, acct, OTHER)                         \
    X(164, settimeofday, CLOCK) X(165, mount, MOUNT) X(166, umount2, MOUNT) X(167, swapon, OTHER)                      \
    X(168, swapoff, OTHER) X(169, reboot, OTHER) X(170, sethostname, HOST_NAME) X(171, setdomainname, HOST_NAME)       \
    X(172, iopl, OTHER) X(173, ioperm, OTHER) X(174, create_module, OTHER) X(175, init_module, MODULE_LOAD)            \
    X(176, delete_module, MODULE_UNLOAD) X(177, get_kernel_syms, OTHER) X(178, query_module, OTHER)                    \
    X(179, quotactl, OTHER) X(180, nfsservctl, OTHER) X(181, getpmsg, OTHER) X(182, putpmsg, OTHER)                    \
    X(183, afs_syscall, OTHER) X(184, tuxcall, OTHER) X(185, security, OTHER) X(186, gettid, OTHER)                    \
    X(187, readahead, OTHER) X(188, setxattr, ATTRIBUTE) X(189, lsetxattr, ATTRIBUTE) X(190, fsetxattr, ATTRIBUTE)     \
    X(191, getxattr, OTHER) X(192, lgetxattr, OTHER) X(193, fgetxattr, OTHER) X(194, listxattr, OTHER)                 \
    X(195, llistxattr, OTHER) X(196, flistxattr, OTHER) X(197, removexattr, ATTRIBUTE)                                 \
    X(198, lremovexattr, ATTRIBUTE) X(199, fremovexattr, ATTRIBUTE) X(200, tkill, SIGNAL) X(201, time, OTHER)          \
    X(202, futex, OTHER) X(203, sched_setaffinity, OTHER) X(204, sched_getaffinity, OTHER)                             \
    X(205, set_thread_area, OTHER) X(206, io_setup, OTHER) X(207, io_destroy, OTHER) X(208, io_getevents, OTHER)       \
    X(209, io_submit, OTHER) X(210, io_cancel, OTHER) X(211, get_thread_area, OTHER) X(212, lookup_dcookie, OTHER)     \
    X(213, epoll_create, OTHER) X(214, epoll_ctl_old, OTHER) X(215, epoll_wait_old, OTHER)                             \
    X(216, remap_file_pages, OTHER) X(217, getdents64, OTHER) X(218, set_tid_address, OTHER)                           \
    X(219, restart_syscall, OTHER) X(220, semtimedop, OTHER) X(221, fadvise64, OTHER) X(222, timer_create, OTHER)      \
    X(223, timer_settime, OTHER) X(224, timer_gettime, OTHER) X(225, timer_getoverrun, OTHER)                          \
    X(226, timer_delete, OTHER) X(227, clock_settime, CLOCK) X(228, clock_gettime, OTHER) X(229, clock_getres, OTHER)  \
    X(230, clock_nanosleep, OTHER) X(231, exit_group, OTHER) X(232, epoll_wait, OTHER) X(233, epoll_ctl, OTHER)        \
    X(234, tgkill, SIGNAL) X(235, utimes, OTHER) X(236, vserver, OTHER) X(237, mbind, OTHER)                           \
    X(238, set_mempolicy, OTHER) X(239, get_mempolicy, OTHER) X(240, mq_open, OTHER) X(241, mq_unlink, OTHER)          \
    X(242, mq_timedsend, OTHER) X(243, mq_timedreceive, OTHER) X(244, mq_notify, OTHER) X(245, mq_getsetattr, OTHER)   \
    X(246, kexec_load, OTHER) X(247, waitid, OTHER) X(248, add_key, OTHER) X(249, request_key, OTHER)                  \
    X(250, keyctl, OTHER) X(251, ioprio_set, OTHER) X(252, ioprio_get, OTHER) X(253, inotify_init, OTHER)              \
    X(254, inotify_add_watch, OTHER) X(255, inotify_rm_watch, OTHER) X(256, migrate_pages, OTHER)                      \
    X(257, openat, OPEN_AT) X(258, mkdirat, CREATE) X(259, mknodat, CREATE) X(260, fchownat, ATTRIBUTE)                \
    X(261, futimesat, OTHER) X(262, newfstatat, OTHER) X(263, unlinkat, DELETE) X(264, renameat, RENAME)               \
    X(265, linkat, LINK) X(266, symlinkat, LINK) X(267, readlinkat, READ) X(268, fchmodat, ATTRIBUTE)                  \
    X(269, faccessat, OTHER) X(270, pselect6, OTHER) X(271, ppoll, OTHER) X(272, unshare, NAMESPACE)                   \
    X(273, set_robust_list, OTHER) X(274, get_robust_list, OTHER) X(275, splice, OTHER) X(276, tee, OTHER)             \
    X(277, sync_file_range, OTHER) X(278, vmsplice, OTHER) X(279, move_pages, OTHER) X(280, utimensat, OTHER)          \
    X(281, epoll_pwait, OTHER) X(282, signalfd, OTHER) X(283, timerfd_create, OTHER) X(284, eventfd, OTHER)            \
    X(285, fallocate, OTHER) X(286, timerfd_settime, OTHER) X(287, timerfd_gettime, OTHER) X(288, accept4, ACCEPT)     \
    X(289, signalfd4, OTHER) X(290, eventfd2, OTHER) X(291, epoll_create1, OTHER) X(292, dup3, OTHER)                  \
    X(293, pipe2, OTHER) X(294, inotify_init1, OTHER) X(295, preadv, OTHER) X(296, pwritev, OTHER)                     \
    X(297, rt_tgsigqueueinfo, OTHER) X(298, perf_event_open, OTHER) X(299, recvmmsg, RECEIVE)                          \
    X(300, fanotify_init, OTHER) X(301, fanotify_mark, OTHER) X(302, prlimit64, OTHER)                                 \
    X(303, name_to_handle_at, OTHER) X(304, open_by_handle_at, OPEN_AT) X(305, clock_adjtime, CLOCK)                   \
    X(306, syncfs, OTHER) X(307, sendmmsg, SEND) X(308, setns, NAMESPACE) X(309, getcpu, OTHER)                        \
    X(310, process_vm_readv, TRACE) X(311, process_vm_writev, TRACE) X(312, kcmp, OTHER)                               \
    X(313, finit_module, MODULE_LOAD) X(314, sched_setattr, OTHER) X(315, sched_getattr, OTHER)                        \
    X(316, renameat2, RENAME) X(317, seccomp, OTHER) X(318, getrandom, OTHER) X(319, memfd_create, OTHER)              \
    X(320, kexec_file_load, OTHER) X(321, bpf, BPF) X(322, execveat, EXECUTE) X(323, userfaultfd, OTHER)               \
    X(324, membarrier, OTHER) X(325, mlock2, OTHER) X(326, copy_file_range, OTHER) X(327, preadv2, OTHER)              \
    X(328, pwritev2, OTHER) X(329, pkey_mprotect, OTHER) X(330, pkey_alloc, OTHER) X(331, pkey_free, OTHER)            \
    X(332, statx, OTHER) X(333, io_pgetevents, OTHER) X(334, rseq, OTHER) X(424, pidfd_send_signal, SIGNAL)            \
    X(425, io_uring_setup, OTHER) X(426, io_uring_enter, OTHER) X(427, io_uring_register, OTHER)                       \
    X(428, open_tree, MOUNT) X(429, move_mount, MOUNT) X(430, fsopen, OTHER) X(431, fsconfig, OTHER)                   \
    X(432, fsmount, OTHER) X(433, fspick, OTHER) X(434, pidfd_open, OTHER) X(435, clone3, OTHER)                       \
    X(436, close_range, OTHER) X(437, openat2, READ) X(438, pidfd_getfd, OTHER) X(439, faccessat2, OTHER)              \
    X(440, process_madvise, OTHER) X(441, epoll_pwait2, OTHER) X(442, mount_setattr, MOUNT)                            \
    X(443, quotactl_fd, OTHER) X(444, landlock_create_ruleset, OTHER) X(445, landlock_add_rule, OTHER)                 \
    X(446, landlock_restrict_self, OTHER) X(447, memfd_secret, OTHER) X(448, process_mrelease, OTHER)                  \
    X(449, futex_waitv, OTHER) X(450, set_mempolicy_home_node, OTHER) X(451, cachestat, OTHER)                         \
    X(452, fchmodat2, ATTRIBUTE) X(453, map_shadow_stack, OTHER) X(454, futex_wake, OTHER) X(455, futex_wait, OTHER)   \
    X(456, futex_requeue, OTHER) X(457, statmount, OTHER) X(458, listmount, OTHER) X(459, lsm_get_self_attr, OTHER)    \
    X(460, lsm_set_self_attr, OTHER) X(461, lsm_list_modules, OTHER) X(462, mseal, OTHER) X(463, setxattrat, OTHER)    \
    X(464, getxattrat, OTHER) X(465, listxattrat, OTHER) X(466, removexattrat, OTHER) X(467, open_tree_attr, OTHER)    \
    X(468, file_getattr, OTHER) X(469, file_setattr, OTHER)

#define AUDIT_SYSCALL_I386_LIST(X)                                                                                     \
    X(0, restart_syscall, OTHER) X(1, exit, OTHER) X(2, fork, OTHER) X(3, read, OTHER) X(4, write, OTHER)              \
    X(5, open, OPEN) X(6, close, OTHER) X(7, waitpid, OTHER) X(8, creat, CREATE) X(9, link, LINK)                      \
    X(10, unlink, DELETE) X(11, execve, EXECUTE) X(12, chdir, OTHER) X(13, time, OTHER) X(14, mknod, CREATE)           \
    X(15, chmod, ATTRIBUTE) X(16, lchown, ATTRIBUTE) X(17, break, OTHER) X(18, oldstat, OTHER) X(19, lseek, OTHER)     \
    X(20, getpid, OTHER) X(21, mount, MOUNT) X(22, umount, MOUNT) X(23, setuid, IDENTITY) X(24, getuid, OTHER)         \
    X(25, stime, CLOCK) X(26, ptrace, TRACE) X(27, alarm, OTHER) X(28, oldfstat, OTHER) X(29, pause, OTHER)            \
    X(30, utime, OTHER) X(31, stty, OTHER) X(32, gtty, OTHER) X(33, access, OTHER) X(34, nice, OTHER)                  \
    X(35, ftime, OTHER) X(36, sync, OTHER) X(37, kill, SIGNAL) X(38, rename, RENAME) X(39, mkdir, CREATE)              \
    X(40, rmdir, DELETE) X(41, dup, OTHER) X(42, pipe, OTHER) X(43, times, OTHER) X(44, prof, OTHER)                   \
    X(45, brk, OTHER) X(46, setgid, IDENTITY) X(47, getgid, OTHER) X(48, signal, OTHER) X(49, geteuid, OTHER)          \
    X(50, getegid, OTHER) X(51, acct, OTHER) X(52, umount2, MOUNT) X(53, lock, OTHER) X(54, ioctl, OTHER)              \
    X(55, fcntl, OTHER) X(56, mpx, OTHER) X(57, setpgid, OTHER) X(58, ulimit, OTHER) X(59, oldolduname, OTHER)         \
    X(60, umask, OTHER) X(61, chroot, NAMESPACE) X(62, ustat, OTHER) X(63, dup2, OTHER) X(64, getppid, OTHER)          \
    X(65, getpgrp, OTHER) X(66, setsid, OTHER) X(67, sigaction, OTHER) X(68, sgetmask, OTHER) X(69, ssetmask, OTHER)   \
    X(70, setreuid, IDENTITY) X(71, setregid, IDENTITY) X(72, sigsuspend, OTHER) X(73, sigpending, OTHER)              \
    X(74, sethostname, HOST_NAME) X(75, setrlimit, OTHER) X(76, getrlimit, OTHER) X(77, getrusage, OTHER)              \
    X(78, gettimeofday, OTHER) X(79, settimeofday, CLOCK) X(80, getgroups, OTHER) X(81, setgroups, IDENTITY)           \
    X(82, select, OTHER) X(83, symlink, LINK) X(84, oldlstat, OTHER) X(85, readlink, READ) X(86, uselib, OTHER)        \
    X(87, swapon, OTHER) X(88, reboot, OTHER) X(89, readdir, OTHER) X(90, mmap, OTHER) X(91, munmap, OTHER)            \
    X(92, truncate, WRITE) X(93, ftruncate, WRITE) X(94, fchmod, ATTRIBUTE) X(95, fchown, ATTRIBUTE)                   \
    X(96, getpriority, OTHER) X(97, setpriority, OTHER) X(98, profil, OTHER) X(99, statfs, OTHER)                      \
    X(100, fstatfs, OTHER) X(101, ioperm, OTHER) X(102, socketcall, OTHER) X(103, syslog, OTHER)                       \
    X(104, setitimer, OTHER) X(105, getitimer, OTHER) X(106, stat, OTHER) X(107, lstat, OTHER) X(108, fstat, OTHER)    \
    X(109, olduname, OTHER) X(110, iopl, OTHER) X(111, vhangup, OTHER) X(112, idle, OTHER) X(113, vm86old, OTHER)      \
    X(114, wait4, OTHER) X(115, swapoff, OTHER) X(116, sysinfo, OTHER) X(117, ipc, OTHER) X(118, fsync, OTHER)         \
    X(119, sigreturn, OTHER) X(120, clone, OTHER) X(121, setdomainname, HOST_NAME) X(122, uname, OTHER)                \
    X(123, modify_ldt, OTHER) X(124, adjtimex, CLOCK) X(125, mprotect, OTHER) X(126, sigprocmask, OTHER)               \
    X(127, create_module, OTHER) X(128, init_module, MODULE_LOAD) X(129, delete_module, MODULE_UNLOAD)                 \
    X(130, get_kernel_syms, OTHER) X(131, quotactl, OTHER) X(132, getpgid, OTHER) X(133, fchdir, OTHER)                \
    X(134, bdflush, OTHER) X(135, sysfs, OTHER) X(136, personality, OTHER) X(137, afs_syscall, OTHER)                  \
    X(138, setfsuid, IDENTITY) X(139, setfsgid, IDENTITY) X(140, _llseek, OTHER) X(141, getdents, OTHER)               \
    X(142, _newselect, OTHER) X(143, flock, OTHER) X(144, msync, OTHER) X(145, readv, OTHER) X(146, writev, OTHER)     \
    X(147, getsid, OTHER) X(148, fdatasync, OTHER) X(149, _sysctl, OTHER) X(150, mlock, OTHER) X(151, munlock, OTHER)  \
    X(152, mlockall, OTHER) X(153, munlockall, OTHER) X(154, sched_setparam, OTHER) X(155, sched_getparam, OTHER)      \
    X(156, sched_setscheduler, OTHER) X(157, sched_getscheduler, OTHER) X(158, sched_yield, OTHER)                     \
    X(159, sched_get_priority_max, OTHER) X(160, sched_get_priority_min, OTHER) X(161, sched_rr_get_interval, OTHER)   \
    X(162, nanosleep, OTHER) X(163, mremap, OTHER) X(164, setresuid, IDENTITY) X(165, getresuid, OTHER)                \
    X(166, vm86, OTHER) X(167, query_module, OTHER) X(168, poll, OTHER) X(169, nfsservctl, OTHER)                      \
    X(170, setresgid, IDENTITY) X(171, getresgid, OTHER) X(172, prctl, OTHER) X(173, rt_sigreturn, OTHER)              \
    X(174, rt_sigaction, OTHER) X(175, rt_sigprocmask, OTHER) X(176, rt_sigpending, OTHER)                             \
    X(177, rt_sigtimedwait, OTHER) X(178, rt_sigqueueinfo, OTHER) X(179, rt_sigsuspend, OTHER) X(180, pread64, OTHER)  \
    X(181, pwrite64, OTHER) X(182, chown, ATTRIBUTE) X(183, getcwd, OTHER) X(184, capget, OTHER)                       \
    X(185, capset, OTHER) X(186, sigaltstack, OTHER) X(187, sendfile, OTHER) X(188, getpmsg, OTHER)                    \
    X(189, putpmsg, OTHER) X(190, vfork, OTHER) X(191, ugetrlimit, OTHER) X(192, mmap2, OTHER)                         \
    X(193, truncate64, WRITE) X(194, ftruncate64, OTHER) X(195, stat64, OTHER) X(196, lstat64, OTHER)                  \
    X(197, fstat64, OTHER) X(198, lchown32, ATTRIBUTE) X(199, getuid32, OTHER) X(200, getgid32, OTHER)                 \
    X(201, geteuid32, OTHER) X(202, getegid32, OTHER) X(203, setreuid32, IDENTITY) X(204, setregid32, IDENTITY)        \
    X(205, getgroups32, OTHER) X(206, setgroups32, IDENTITY) X(207, fchown32, ATTRIBUTE)                               \
    X(208, setresuid32, IDENTITY) X(209, getresuid32, OTHER) X(210, setresgid32, IDENTITY) X(211, getresgid32, OTHER)  \
    X(212, chown32, ATTRIBUTE) X(213, setuid32, IDENTITY) X(214, setgid32, IDENTITY) X(215, setfsuid32, OTHER)         \
    X(216, setfsgid32, OTHER) X(217, pivot_root, NAMESPACE) X(218, mincore, OTHER) X(219, madvise, OTHER)              \
    X(220, getdents64, OTHER) X(221, fcntl64, OTHER) X(224, gettid, OTHER) X(225, readahead, OTHER)                    \
    X(226, setxattr, ATTRIBUTE) X(227, lsetxattr, ATTRIBUTE) X(228, fsetxattr, ATTRIBUTE) X(229, getxattr, OTHER)      \
    X(230, lgetxattr, OTHER) X(231, fgetxattr, OTHER) X(232, listxattr, OTHER) X(233, llistxattr, OTHER)               \
    X(234, flistxattr, OTHER) X(235, removexattr, ATTRIBUTE) X(236, lremovexattr, ATTRIBUTE)                           \
    X(237, fremovexattr, ATTRIBUTE) X(238, tkill, SIGNAL) X(239, sendfile64, OTHER) X(240, futex, OTHER)               \
    X(241, sched_setaffinity, OTHER) X(242, sched_getaffinity, OTHER) X(243, set_thread_area, OTHER)                   \
    X(244, get_thread_area, OTHER) X(245, io_setup, OTHER) X(246, io_destroy, OTHER) X(247, io_getevents, OTHER)       \
    X(248, io_submit, OTHER) X(249, io_cancel, OTHER) X(250, fadvise64, OTHER) X(252, exit_group, OTHER)               \
    X(253, lookup_dcookie, OTHER) X(254, epoll_create, OTHER) X(255, epoll_ctl, OTHER) X(256, epoll_wait, OTHER)       \
    X(257, remap_file_pages, OTHER) X(258, set_tid_address, OTHER) X(259, timer_create, OTHER)                         \
    X(260, timer_settime, OTHER) X(261, timer_gettime, OTHER) X(262, timer_getoverrun, OTHER)                          \
    X(263, timer_delete, OTHER) X(264, clock_settime, CLOCK) X(265, clock_gettime, OTHER) X(266, clock_getres, OTHER)  \
    X(267, clock_nanosleep, OTHER) X(268, statfs64, OTHER) X(269, fstatfs64, OTHER) X(270, tgkill, SIGNAL)             \
    X(271, utimes, OTHER) X(272, fadvise64_64, OTHER) X(273, vserver, OTHER) X(274, mbind, OTHER)                      \
    X(275, get_mempolicy, OTHER) X(276, set_mempolicy, OTHER) X(277, mq_open, OTHER) X(278, mq_unlink, OTHER)          \
    X(279, mq_timedsend, OTHER) X(280, mq_timedreceive, OTHER) X(281, mq_notify, OTHER) X(282, mq_getsetattr, OTHER)   \
    X(283, sys_kexec_load, OTHER) X(284, waitid, OTHER) X(286, add_key, OTHER) X(287, request_key, OTHER)              \
    X(288, keyctl, OTHER) X(289, ioprio_set, OTHER) X(290, ioprio_get, OTHER) X(291, inotify_init, OTHER)              \
    X(292, inotify_add_watch, OTHER) X(293, inotify_rm_watch, OTHER) X(294, migrate_pages, OTHER)                      \
    X(295, openat, OPEN_AT) X(296, mkdirat, CREATE) X(297, mknodat, CREATE) X(298, fchownat, ATTRIBUTE)                \
    X(299, futimesat, OTHER) X(300, fstatat64, OTHER) X(301, unlinkat, DELETE) X(302, renameat, RENAME)                \
    X(303, linkat, LINK) X(304, symlinkat, LINK) X(305, readlinkat, READ) X(306, fchmodat, ATTRIBUTE)                  \
    X(307, faccessat, OTHER) X(308, pselect6, OTHER) X(309, ppoll, OTHER) X(310, unshare, NAMESPACE)                   \
    X(311, set_robust_list, OTHER) X(312, get_robust_list, OTHER) X(313, splice, OTHER)                                \
    X(314, sync_file_range, OTHER) X(315, tee, OTHER) X(316, vmsplice, OTHER) X(317, move_pages, OTHER)                \
    X(318, getcpu, OTHER) X(319, epoll_pwait, OTHER) X(320, utimensat, OTHER) X(321, signalfd, OTHER)                  \
    X(322, timerfd_create, OTHER) X(323, eventfd, OTHER) X(324, fallocate, OTHER) X(325, timerfd_settime, OTHER)       \
    X(326, timerfd_gettime, OTHER) X(327, signalfd4, OTHER) X(328, eventfd2, OTHER) X(329, epoll_create1, OTHER)       \
    X(330, dup3, OTHER) X(331, pipe2, OTHER) X(332, inotify_init1, OTHER) X(333, preadv, OTHER)                        \
    X(334, pwritev, OTHER) X(335, rt_tgsigqueueinfo, OTHER) X(336, perf_event_open, OTHER) X(337, recvmmsg, RECEIVE)   \
    X(338, fanotify_init, OTHER) X(339, fanotify_mark, OTHER) X(340, prlimit64, OTHER)                                 \
    X(341, name_to_handle_at, OTHER) X(342, open_by_handle_at, OPEN_AT) X(343, clock_adjtime, CLOCK)                   \
    X(344, syncfs, OTHER) X(345, sendmmsg, SEND) X(346, setns, NAMESPACE) X(347, process_vm_readv, TRACE)              \
    X(348, process_vm_writev, TRACE) X(349, kcmp, OTHER) X(350, finit_module, MODULE_LOAD)                             \
    X(351, sched_setattr, OTHER) X(352, sched_getattr, OTHER) X(353, renameat2, RENAME) X(354, seccomp, OTHER)         \
    X(355, getrandom, OTHER) X(356, memfd_create, OTHER) X(357, bpf, BPF) X(358, execveat, EXECUTE)                    \
    X(359, socket, SOCKET) X(360, socketpair, SOCKET) X(361, bind, BIND) X(362, connect, CONNECT)                      \
    X(363, listen, BIND) X(364, accept4, ACCEPT) X(365, getsockopt, OTHER) X(366, setsockopt, OTHER)                   \
    X(367, getsockname, OTHER) X(368, getpeername, OTHER) X(369, sendto, SEND) X(370, sendmsg, SEND)                   \
    X(371, recvfrom, RECEIVE) X(372, recvmsg, RECEIVE) X(373, shutdown, OTHER) X(374, userfaultfd, OTHER)              \
    X(375, membarrier, OTHER) X(376, mlock2, OTHER) X(377, copy_file_range, OTHER) X(378, preadv2, OTHER)              \
    X(379, pwritev2, OTHER) X(380, pkey_mprotect, OTHER) X(381, pkey_alloc, OTHER) X(382, pkey_free, OTHER)            \
    X(383, statx, OTHER) X(384, arch_prctl, OTHER) X(385, io_pgetevents, OTHER) X(386, rseq, OTHER)                    \
    X(393, semget, OTHER) X(394, semctl, OTHER) X(395, shmget, OTHER) X(396, shmctl, OTHER) X(397, shmat, OTHER)       \
    X(398, shmdt, OTHER) X(399, msgget, OTHER) X(400, msgsnd, OTHER) X(401, msgrcv, OTHER) X(402, msgctl, OTHER)       \
    X(403, clock_gettime64, OTHER) X(404, clock_settime64, OTHER) X(405, clock_adjtime64, OTHER)                       \
    X(406, clock_getres_time64, OTHER) X(407, clock_nanosleep_time64, OTHER) X(408, timer_gettime64, OTHER)            \
    X(409, timer_settime64, OTHER) X(410, timerfd_gettime64, OTHER) X(411, timerfd_settime64, OTHER)                   \
    X(412, utimensat_time64, OTHER) X(413, pselect6_time64, OTHER) X(414, ppoll_time64, OTHER)                         \
    X(416, io_pgetevents_time64, OTHER) X(417, recvmmsg_time64, OTHER) X(418, mq_timedsend_time64, OTHER)              \
    X(419, mq_timedreceive_time64, OTHER) X(420, semtimedop_time64, OTHER) X(421, rt_sigtimedwait_time64, OTHER)       \
    X(422, futex_time64, OTHER) X(423, sched_rr_get_interval64, OTHER) X(424, pidfd_send_signal, SIGNAL)               \
    X(425, io_uring_setup, OTHER) X(426, io_uring_enter, OTHER) X(427, io_uring_register, OTHER)                       \
    X(428, open_tree, MOUNT) X(429, move_mount, MOUNT) X(430, fsopen, OTHER) X(431, fsconfig, OTHER)                   \
    X(432, fsmount, OTHER) X(433, fspick, OTHER) X(434, pidfd_open, OTHER) X(435, clone3, OTHER)                       \
    X(436, close_range, OTHER) X(437, openat2, READ) X(438, pidfd_getfd, OTHER) X(439, faccessat2, OTHER)              \
    X(440, process_madvise, OTHER) X(441, epoll_pwait2, OTHER) X(442, mount_setattr, MOUNT)                            \
    X(443, quotactl_fd, OTHER) X(444, landlock_create_ruleset, OTHER) X(445, landlock_add_rule, OTHER)                 \
    X(446, landlock_restrict_self, OTHER) X(447, memfd_secret, OTHER) X(448, process_mrelease, OTHER)                  \
    X(449, futex_waitv, OTHER) X(450, set_mempolicy_home_node, OTHER) X(451, cachestat, OTHER)                         \
    X(452, fchmodat2, ATTRIBUTE) X(453, map_shadow_stack, OTHER) X(454, futex_wake, OTHER) X(455, futex_wait, OTHER)   \
    X(456, futex_requeue, OTHER) X(457, statmount, OTHER) X(458, listmount, OTHER) X(459, lsm_get_self_attr, OTHER)    \
    X(460, lsm_set_self_attr, OTHER) X(461, lsm_list_modules, OTHER) X(462, mseal, OTHER) X(463, setxattrat, OTHER)    \
    X(464, getxattrat, OTHER) X(465, listxattrat, OTHER) X(466, removexattrat, OTHER) X(467, open_tree_attr, OTHER)    \
    X(468, file_getattr, OTHER) X(469, file_setattr, OTHER)

#define AUDIT_SYSCALL_GENERIC_LIST(X)                                                                                  \
    X(0, io_setup, OTHER) X(1, io_destroy, OTHER) X(2, io_submit, OTHER) X(3, io_cancel, OTHER)                        \
    X(4, io_getevents, OTHER) X(5, setxattr, ATTRIBUTE) X(6, lsetxattr, ATTRIBUTE) X(7, fsetxattr, ATTRIBUTE)          \
    X(8, getxattr, OTHER) X(9, lgetxattr, OTHER) X(10, fgetxattr, OTHER) X(11, listxattr, OTHER)                       \
    X(12, llistxattr, OTHER) X(13, flistxattr, OTHER) X(14, removexattr, ATTRIBUTE) X(15, lremovexattr, ATTRIBUTE)     \
    X(16, fremovexattr, ATTRIBUTE) X(17, getcwd, OTHER) X(18, lookup_dcookie, OTHER) X(19, eventfd2, OTHER)            \
    X(20, epoll_create1, OTHER) X(21, epoll_ctl, OTHER) X(22, epoll_pwait, OTHER) X(23, dup, OTHER)                    \
    X(24, dup3, OTHER) X(25, fcntl, OTHER) X(26, inotify_init1, OTHER) X(27, inotify_add_watch, OTHER)                 \
    X(28, inotify_rm_watch, OTHER) X(29, ioctl, OTHER) X(30, ioprio_set, OTHER) X(31, ioprio_get, OTHER)               \
    X(32, flock, OTHER) X(33, mknodat, CREATE) X(34, mkdirat, CREATE) X(35, unlinkat, DELETE) X(36, symlinkat, LINK)   \
    X(37, linkat, LINK) X(38, renameat, RENAME) X(39, umount2, MOUNT) X(40, mount, MOUNT)                              \
    X(41, pivot_root, NAMESPACE) X(42, nfsservctl, OTHER) X(43, statfs, OTHER) X(44, fstatfs, OTHER)                   \
    X(45, truncate, WRITE) X(46, ftruncate, WRITE) X(47, fallocate, OTHER) X(48, faccessat, OTHER)                     \
    X(49, chdir, OTHER) X(50, fchdir, OTHER) X(51, chroot, NAMESPACE) X(52, fchmod, ATTRIBUTE)                         \
    X(53, fchmodat, ATTRIBUTE) X(54, fchownat, ATTRIBUTE) X(55, fchown, ATTRIBUTE) X(56, openat, OPEN_AT)              \
    X(57, close, OTHER) X(58, vhangup, OTHER) X(59, pipe2, OTHER) X(60, quotactl, OTHER) X(61, getdents, OTHER)        \
    X(62, lseek, OTHER) X(63, read, OTHER) X(64, write, OTHER) X(65, readv, OTHER) X(66, writev, OTHER)                \
    X(67, pread, OTHER) X(68, pwrite, OTHER) X(69, preadv, OTHER) X(70, pwritev, OTHER) X(71, sendfile, OTHER)         \
    X(72, pselect6, OTHER) X(73, ppoll, OTHER) X(74, signalfd4, OTHER) X(75, vmsplice, OTHER) X(76, splice, OTHER)     \
    X(77, tee, OTHER) X(78, readlinkat, READ) X(79, newfstatat, OTHER) X(80, newfstat, OTHER) X(81, sync, OTHER)       \
    X(82, fsync, OTHER) X(83, fdatasync, OTHER) X(84, sync_file_range, OTHER) X(85, timerfd_create, OTHER)             \
    X(86, timerfd_settime, OTHER) X(87, timerfd_gettime, OTHER) X(88, utimensat, OTHER) X(89, acct, OTHER)             \
    X(90, capget, OTHER) X(91, capset, OTHER) X(92, personality, OTHER) X(93, exit, OTHER) X(94, exit_group, OTHER)    \
    X(95, waitid, OTHER) X(96, set_tid_address, OTHER) X(97, unshare, NAMESPACE) X(98, futex, OTHER)                   \
    X(99, set_robust_list, OTHER) X(100, get_robust_list, OTHER) X(101, nanosleep, OTHER) X(102, getitimer, OTHER)     \
    X(103, setitimer, OTHER) X(104, kexec_load, OTHER) X(105, init_module, MODULE_LOAD)                                \
    X(106, delete_module, MODULE_UNLOAD) X(107, timer_create, OTHER) X(108, timer_gettime, OTHER)                      \
    X(109, timer_getoverrun, OTHER) X(110, timer_settime, OTHER) X(111, timer_delete, OTHER)                           \
    X(112, clock_settime, CLOCK) X(113, clock_gettime, OTHER) X(114, clock_getres, OTHER)                              \
    X(115, clock_nanosleep, OTHER) X(116, syslog, OTHER) X(117, ptrace, TRACE) X(118, sched_setparam, OTHER)           \
    X(119, sched_setscheduler, OTHER) X(120, sched_getscheduler, OTHER) X(121, sched_getparam, OTHER)                  \
    X(122, sched_setaffinity, OTHER) X(123, sched_getaffinity, OTHER) X(124, sched_yield, OTHER)                       \
    X(125, sched_get_priority_max, OTHER) X(126, sched_get_priority_min, OTHER) X(127, sched_rr_get_interval, OTHER)   \
    X(128, restart_syscall, OTHER) X(129, kill, SIGNAL) X(130, tkill, SIGNAL) X(131, tgkill, SIGNAL)                   \
    X(132, sigaltstack, OTHER) X(133, rt_sigsuspend, OTHER) X(134, rt_sigaction, OTHER) X(135, rt_sigprocmask, OTHER)  \
    X(136, rt_sigpending, OTHER) X(137, rt_sigtimedwait, OTHER) X(138, rt_sigqueueinfo, OTHER)                         \
    X(139, rt_sigreturn, OTHER) X(140, setpriority, OTHER) X(141, getpriority, OTHER) X(142, reboot, OTHER)            \
    X(143, setregid, IDENTITY) X(144, setgid, IDENTITY) X(145, setreuid, IDENTITY) X(146, setuid, IDENTITY)            \
    X(147, setresuid, IDENTITY) X(148, getresuid, OTHER) X(149, setresgid, IDENTITY) X(150, getresgid, OTHER)          \
    X(151, setfsuid, IDENTITY) X(152, setfsgid, IDENTITY) X(153, times, OTHER) X(154, setpgid, OTHER)                  \
    X(155, getpgid, OTHER) X(156, getsid, OTHER) X(157, setsid, OTHER) X(158, getgroups, OTHER)                        \
    X(159, setgroups, IDENTITY) X(160, uname, OTHER) X(161, sethostname, HOST_NAME) X(162, setdomainname, HOST_NAME)   \
    X(163, getrlimit, OTHER) X(164, setrlimit, OTHER) X(165, getrusage, OTHER) X(166, umask, OTHER)                    \
    X(167, prctl, OTHER) X(168, getcpu, OTHER) X(169, gettimeofday, OTHER) X(170, settimeofday, CLOCK)                 \
    X(171, adjtimex, CLOCK) X(172, getpid, OTHER) X(173, getppid, OTHER) X(174, getuid, OTHER) X(175, geteuid, OTHER)  \
    X(176, getgid, OTHER) X(177, getegid, OTHER) X(178, gettid, OTHER) X(179, sysinfo, OTHER) X(180, mq_open, OTHER)   \
    X(181, mq_unlink, OTHER) X(182, mq_timedsend, OTHER) X(183, mq_timedreceive, OTHER) X(184, mq_notify, OTHER)       \
    X(185, mq_getsetattr, OTHER) X(186, msgget, OTHER) X(187, msgctl, OTHER) X(188, msgrcv, OTHER)                     \
    X(189, msgsnd, OTHER) X(190, semget, OTHER) X(191, semctl, OTHER) X(192, semtimedop, OTHER) X(193, semop, OTHER)   \
    X(194, shmget, OTHER) X(195, shmctl, OTHER) X(196, shmat, OTHER) X(197, shmdt, OTHER) X(198, socket, SOCKET)       \
    X(199, socketpair, SOCKET) X(200, bind, BIND) X(201, listen, BIND) X(202, accept, ACCEPT)                          \
    X(203, connect, CONNECT) X(204, getsockname, OTHER) X(205, getpeername, OTHER) X(206, sendto, SEND)                \
    X(207, recvfrom, RECEIVE) X(208, setsockopt, OTHER) X(209, getsockopt, OTHER) X(210, shutdown, OTHER)              \
    X(211, sendmsg, SEND) X(212, recvmsg, RECEIVE) X(213, readahead, OTHER) X(214, brk, OTHER) X(215, munmap, OTHER)   \
    X(216, mremap, OTHER) X(217, add_key, OTHER) X(218, request_key, OTHER) X(219, keyctl, OTHER)                      \
    X(220, clone, OTHER) X(221, execve, EXECUTE) X(222, mmap, OTHER) X(223, fadvise64, OTHER) X(224, swapon, OTHER)    \
    X(225, swapoff, OTHER) X(226, mprotect, OTHER) X(227, msync, OTHER) X(228, mlock, OTHER) X(229, munlock, OTHER)    \
    X(230, mlockall, OTHER) X(231, munlockall, OTHER) X(232, mincore, OTHER) X(233, madvise, OTHER)                    \
    X(234, remap_file_pages, OTHER) X(235, mbind, OTHER) X(236, get_mempolicy, OTHER) X(237, set_mempolicy, OTHER)     \
    X(238, migrate_pages, OTHER) X(239, move_pages, OTHER) X(240, rt_tgsigqueueinfo, OTHER)                            \
    X(241, perf_event_open, OTHER) X(242, accept4, ACCEPT) X(243, recvmmsg, RECEIVE) X(260, wait4, OTHER)              \
    X(261, prlimit64, OTHER) X(262, fanotify_init, OTHER) X(263, fanotify_mark, OTHER)                                 \
    X(264, name_to_handle_at, OTHER) X(265, open_by_handle_at, OPEN_AT) X(266, clock_adjtime, CLOCK)                   \
    X(267, syncfs, OTHER) X(268, setns, NAMESPACE) X(269, sendmmsg, SEND) X(270, process_vm_readv, TRACE)              \
    X(271, process_vm_writev, TRACE) X(272, kcmp, OTHER) X(273, finit_module, MODULE_LOAD)                             \
    X(274, sched_setattr, OTHER) X(275, sched_getattr, OTHER) X(276, renameat2, RENAME) X(277, seccomp, OTHER)         \
    X(278, getrandom, OTHER) X(279, memfd_create, OTHER) X(280, bpf, BPF) X(281, execveat, EXECUTE)                    \
    X(282, userfaultfd, OTHER) X(283, membarrier, OTHER) X(284, mlock2, OTHER) X(285, copy_file_range, OTHER)          \
    X(286, preadv2, OTHER) X(287, pwritev2, OTHER) X(288, pkey_mprotect, OTHER) X(289, pkey_alloc, OTHER)              \
    X(290, pkey_free, OTHER) X(291, statx, OTHER) X(292, io_pgetevents, OTHER) X(293, rseq, OTHER)                     \
    X(294, kexec_file_load, OTHER) X(424, pidfd_send_signal, SIGNAL) X(425, io_uring_setup, OTHER)                     \
    X(426, io_uring_enter, OTHER) X(427, io_uring_register, OTHER) X(428, open_tree, MOUNT) X(429, move_mount, MOUNT)  \
    X(430, fsopen, OTHER) X(431, fsconfig, OTHER) X(432, fsmount, OTHER) X(433, fspick, OTHER)                         \
    X(434, pidfd_open, OTHER) X(435, clone3, OTHER) X(436, close_range, OTHER) X(437, openat2, READ)                   \
    X(438, pidfd_getfd, OTHER) X(439, faccessat2, OTHER) X(440, process_madvise, OTHER) X(441, epoll_pwait2, OTHER)    \
    X(442, mount_setattr, MOUNT) X(443, quotactl_fd, OTHER) X(444, landlock_create_ruleset, OTHER)                     \
    X(445, landlock_add_rule, OTHER) X(446, landlock_restrict_self, OTHER) X(447, memfd_secret, OTHER)                 \
    X(448, process_mrelease, OTHER) X(449, futex_waitv, OTHER) X(450, set_mempolicy_home_node, OTHER)                  \
    X(451, cachestat, OTHER) X(452, fchmodat2, ATTRIBUTE) X(453, map_shadow_stack, OTHER) X(454, futex_wake, OTHER)    \
    X(455, futex_wait, OTHER) X(456, futex_requeue, OTHER) X(457, statmount, OTHER) X(458, listmount, OTHER)           \
    X(459, lsm_get_self_attr, OTHER) X(460, lsm_set_self_attr, OTHER) X(461, lsm_list_modules, OTHER)                  \
    X(462, mseal, OTHER) X(463, setxattrat, OTHER) X(464, getxattrat, OTHER) X(465, listxattrat, OTHER)                \
    X(466, removexattrat, OTHER) X(467, open_tree_attr, OTHER) X(468, file_getattr, OTHER)                             \
    X(469, file_setattr, OTHER)

#define AUDIT_ERRNO_LIST(X) \
    X(1, EPERM) X(2, ENOENT) X(3, ESRCH) X(4, EINTR) X(5, EIO) X(6, ENXIO) X(7, E2BIG) X(8, ENOEXEC) X(9, EBADF)       \
    X(10, ECHILD) X(11, EAGAIN) X(12, ENOMEM) X(13, EACCES) X(14, EFAULT) X(15, ENOTBLK) X(16, EBUSY) X(17, EEXIST)    \
    X(18, EXDEV) X(19, ENODEV) X(20, ENOTDIR) X(21, EISDIR) X(22, EINVAL) X(23, ENFILE) X(24, EMFILE) X(25, ENOTTY)    \
    X(26, ETXTBSY) X(27, EFBIG) X(28, ENOSPC) X(29, ESPIPE) X(30, EROFS) X(31, EMLINK) X(32, EPIPE) X(33, EDOM)        \
    X(34, ERANGE) X(35, EDEADLOCK) X(36, ENAMETOOLONG) X(37, ENOLCK) X(38, ENOSYS) X(39, ENOTEMPTY) X(40, ELOOP)       \
    X(42, ENOMSG) X(43, EIDRM) X(44, ECHRNG) X(45, EL2NSYNC) X(46, EL3HLT) X(47, EL3RST) X(48, ELNRNG)                 \
    X(49, EUNATCH) X(50, ENOCSI) X(51, EL2HLT) X(52, EBADE) X(53, EBADR) X(54, EXFULL) X(55, ENOANO) X(56, EBADRQC)    \
    X(57, EBADSLT) X(59, EBFONT) X(60, ENOSTR) X(61, ENODATA) X(62, ETIME) X(63, ENOSR) X(64, ENONET) X(65, ENOPKG)    \
    X(66, EREMOTE) X(67, ENOLINK) X(68, EADV) X(69, ESRMNT) X(70, ECOMM) X(71, EPROTO) X(72, EMULTIHOP)                \
    X(73, EDOTDOT) X(74, EBADMSG) X(75, EOVERFLOW) X(76, ENOTUNIQ) X(77, EBADFD) X(78, EREMCHG) X(79, ELIBACC)         \
    X(80, ELIBBAD) X(81, ELIBSCN) X(82, ELIBMAX) X(83, ELIBEXEC) X(84, EILSEQ) X(85, ERESTART) X(86, ESTRPIPE)         \
    X(87, EUSERS) X(88, ENOTSOCK) X(89, EDESTADDRREQ) X(90, EMSGSIZE) X(91, EPROTOTYPE) X(92, ENOPROTOOPT)             \
    X(93, EPROTONOSUPPORT) X(94, ESOCKTNOSUPPORT) X(95, ENOTSUP) X(96, EPFNOSUPPORT) X(97, EAFNOSUPPORT)               \
    X(98, EADDRINUSE) X(99, EADDRNOTAVAIL) X(100, ENETDOWN) X(101, ENETUNREACH) X(102, ENETRESET)                      \
    X(103, ECONNABORTED) X(104, ECONNRESET) X(105, ENOBUFS) X(106, EISCONN) X(107, ENOTCONN) X(108, ESHUTDOWN)         \
    X(109, ETOOMANYREFS) X(110, ETIMEDOUT) X(111, ECONNREFUSED) X(112, EHOSTDOWN) X(113, EHOSTUNREACH)                 \
    X(114, EALREADY) X(115, EINPROGRESS) X(116, ESTALE) X(117, EUCLEAN) X(118, ENOTNAM) X(119, ENAVAIL)                \
    X(120, EISNAM) X(121, EREMOTEIO) X(122, EDQUOT) X(123, ENOMEDIUM) X(124, EMEDIUMTYPE) X(125, ECANCELED)            \
    X(126, ENOKEY) X(127, EKEYEXPIRED) X(128, EKEYREVOKED) X(129, EKEYREJECTED) X(130, EOWNERDEAD)                     \
    X(131, ENOTRECOVERABLE) X(132, ERFKILL) X(512, ERESTARTSYS) X(513, ERESTARTNOINTR) X(514, ERESTARTNOHAND)          \
    X(516, ERESTART_RESTARTBLOCK)
/* clang-format on */

#endif
