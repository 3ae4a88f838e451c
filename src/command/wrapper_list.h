/* command/wrapper_list.h - commands that run another command.
 * X(names, kind, letters, words, operands): the names that it goes by; letters of short options and words of long ones
 * that take a value; how many operands stand before the command. Included by command_unwrap.c only. */
#define WRAPPER_LIST(X)                                                                                                \
    X("sudo", PLAIN, "ugpCrtThUDR",                                                                                    \
      "user group prompt close-from role type command-timeout host other-user chdir chroot", 0)                        \
    X("doas", PLAIN, "uC", "", 0)                                                                                      \
    X("pkexec run0", PLAIN, "u", "user", 0)                                                                            \
    X("env genv", ENVIRONMENT, "uCS", "unset chdir split-string", 0)                                                   \
    X("nohup setsid command builtin unbuffer fakeroot nocache torsocks torify tsocks proxychains proxychains4 "        \
      "dumb-init tini catatonit eatmydata noglob nocorrect then else do coproc rlwrap",                                \
      PLAIN, "", "", 0)                                                                                                \
    X("time gtime", PLAIN, "fo", "format output", 0)                                                                   \
    X("exec", PLAIN, "a", "", 0)                                                                                       \
    X("nice ionice chrt setpriv prlimit cpulimit systemd-inhibit", PLAIN, "ncpul",                                     \
      "adjustment class classdata pid reuid regid groups limit what who why mode", 0)                                  \
    X("taskset", PLAIN, "", "", 1)                                                                                     \
    X("timeout gtimeout", PLAIN, "ks", "kill-after signal", 1)                                                         \
    X("stdbuf", PLAIN, "ioe", "input output error", 0)                                                                 \
    X("strace ltrace", PLAIN, "eoPpsuaEbIOSUX", "trace output expr summary-sort-by user env", 0)                       \
    X("gdb", PLAIN, "", "", 0)                                                                                         \
    X("chroot", PLAIN, "", "", 1)                                                                                      \
    X("unshare", PLAIN, "RwSG", "root wd setuid setgid map-user map-group propagation", 0)                             \
    X("nsenter", PLAIN, "tSG", "target setuid setgid", 0)                                                              \
    X("systemd-run", PLAIN, "pMuE", "property machine unit uid gid setenv working-directory slice description", 0)     \
    X("firejail proot bwrap", PLAIN, "rbw", "bind ro-bind dev proc tmpfs chdir", 0)                                    \
    X("gosu su-exec setuidgid chpst", PLAIN, "u", "", 1)                                                               \
    X("busybox toybox", PLAIN, "", "", 0)                                                                              \
    X("ld-linux-x86-64.so.2 ld-linux.so.2 ld-linux-aarch64.so.1 ld-musl-x86_64.so.1", PLAIN, "",                       \
      "library-path preload argv0", 0)                                                                                 \
    X("watch", JOINED, "nq", "interval equexit", 0)                                                                    \
    X("eval", JOINED, "", "", 0)                                                                                       \
    X("ssh autossh mosh", REMOTE, "BbcDEeFIiJLlMmOopQRSWw", "", 1)                                                     \
    X("sshpass", PLAIN, "pfe", "", 0)                                                                                  \
    X("su runuser", STRING, "csgGTu", "command shell group user supp-group whitelist-environment", 0)                  \
    X("script", STRING, "cEIOBmTo", "command echo log-in log-out log-io log-timing output-limit", 0)                   \
    X("flock", STRING, "cwE", "command timeout wait conflict-exit-code", 1)                                            \
    X("sg newgrp", STRING, "c", "", 1)                                                                                 \
    X("sh bash dash zsh ash ksh ksh93 mksh rbash fish csh tcsh yash", SHELL, "oO", "rcfile init-file", 0)              \
    X("xargs gxargs", XARGS, "InPLdEsa",                                                                               \
      "max-args max-procs max-lines delimiter arg-file max-chars process-slot-var", 0)                                 \
    X("parallel", XARGS, "jIadSN", "jobs max-procs arg-file delimiter sshlogin joblog results", 0)                     \
    X("find gfind bfs fd fdfind", FIND, "", "", 0)                                                                     \
    X("ansible salt salt-ssh salt-call pssh pdsh clush parallel-ssh dsh vagrant lima limactl wsl wsl.exe multipass "   \
      "orb distrobox distrobox-enter distrobox-host-exec toolbox flatpak-spawn host-spawn gcloud tmux screen zellij "  \
      "byobu faketime qemu-x86_64-static qemu-x86_64 qemu-aarch64-static expect npx bunx pnpm yarn nix asdf mise "     \
      "direnv kubie chamber aws-vault doppler envchain op teleport boundary winpty run-one at batch",                  \
      LAUNCHER, "", "", 0)                                                                                             \
    X("minikube k3s rke2 k0s microk8s colima tsh rancher k3d kind-wrap", NAMED, "p", "profile", 0)
