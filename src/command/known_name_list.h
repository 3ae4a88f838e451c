/* command/known_name_list.h - names of programs, by what is known about them.
 * X(kind, names): kinds of known_names.h. Included by known_names.c only. */
#define KNOWN_NAME_LIST(X)                                                                                             \
    /* words of the shell's grammar */                                                                                 \
    X(WORD, "if while until for case select then else elif do ! time coproc fi done esac } { function")                \
    /* what changes the meaning of later commands */                                                                   \
    X(BUILTIN, "cd pushd export declare local readonly typeset alias")                                                 \
    /* shells */                                                                                                       \
    X(SHELL, "sh bash dash zsh ash ksh ksh93 mksh rbash fish csh tcsh yash")                                           \
    /* what prints something that can be known */                                                                      \
    X(OUTPUT, "echo printf which type whereis command base64 base64url gbase64 basenc openssl xxd rev tr cat tee")     \
    /* what takes its arguments for text */                                                                            \
    X(TEXT,                                                                                                            \
      "grep rg echo printf man apropos whatis git awk sed jq yq apt apt-get dnf yum apk brew pip pip3 npm yarn "       \
      "tldr cheat info logger wall notify-send which type whereis help cat tr [ [[ test : true false history "         \
      "export set")                                                                                                    \
    /* what looks at files without giving out what is in them, or writes */                                            \
    X(LOOKING,                                                                                                         \
      "ls dir vdir ll stat test [ [[ touch mkdir rmdir rm chmod chown chgrp readlink realpath dirname basename "       \
      "du df mount umount cd pushd popd find gfind fd fdfind bfs inotifywait inotifywatch fswatch which whereis "      \
      "type man echo printf exa eza lsd tree namei lsattr chattr getfacl setfacl setfattr getfattr chcon "             \
      "restorecon lsof fuser sync truncate shred unlink exit sleep export set unset wait kill auditctl ausearch "      \
      "useradd usermod userdel groupadd systemctl journalctl service apt apt-get dnf yum apk pip pip3 npm "            \
      "kubectl docker podman nerdctl crictl ctr helm etcdctl kubelet kube-apiserver kube-controller-manager "          \
      "kube-scheduler kube-proxy etcd containerd dockerd crio alias local declare readonly typeset return true "       \
      "false : hash trap ulimit umask let shift read mapfile md5sum sha1sum sha256sum sha512sum cksum sum b2sum "      \
      "wc file pgrep pkill id su passwd logger ssh-keygen runc crun inspectdb systemd-run keytool getent mkfifo "      \
      "mknod swapoff swapon fallocate blkid losetup restic borg")                                                      \
    /* what reads the files it is given */                                                                             \
    X(READING,                                                                                                         \
      "cat tac nl head tail less more most bat batcat view vi vim nvim nano emacs pico ed ex grep egrep fgrep "        \
      "zgrep rg sed awk gawk mawk cut sort uniq rev od xxd hexdump hd strings base64 base32 basenc cp mv ln "          \
      "install dd tar zip gzip zcat gunzip bzip2 bzcat xz xzcat zstd zstdcat 7z 7za cpio rsync scp sftp diff "         \
      "cmp comm paste join split csplit fold fmt pr column tee iconv jq yq python perl ruby node php lua curl "        \
      "wget http openssl nc socat source . mapfile look expand unexpand shuf tsort ptx uuencode gpg age age- "         \
      "keygen sqlite3 pv sponge vimdiff colordiff dos2unix")                                                           \
    /* what takes a pattern or a program first */                                                                      \
    X(PATTERN, "grep sed awk gawk mawk jq yq rg tr expr")                                                              \
    /* what writes to its last operand */                                                                              \
    X(TARGET, "cp mv ln install rsync scp")                                                                            \
    /* what asks the URLs it is given */                                                                               \
    X(HTTP,                                                                                                            \
      "curl wget http aria2c axel lynx w3m links elinks httpie lwp-request GET POST ab hey wrk siege nuclei "          \
      "grpcurl")                                                                                                       \
    /* what only mentions URLs */                                                                                      \
    X(MENTIONS,                                                                                                        \
      "grep rg echo printf man git apt apt-get dnf yum apk brew pip pip3 npm yarn sed awk jq yq [ [[ test : "          \
      "export set alias ls stat tee history type which logger kubectl-docs")                                           \
    /* what gets something, and is no kubectl */                                                                       \
    X(OTHER,                                                                                                           \
      "git gh glab npm yarn pnpm pip pip3 apt apt-get aptitude dnf yum brew flux velero istioctl calicoctl "           \
      "linkerd eksctl kops aws gcloud az argo vault consul nomad terraform tofu cilium hubble tkn kn stern k9s "       \
      "kubectx kubens kustomize crossplane skaffold tilt devspace okteto doctl civo ibmcloud rosa ocm tanzu "          \
      "snap systemctl gsettings dconf getent go cargo mvn gradle make bazel juju openstack vcluster kubeadm "          \
      "talosctl op bw pass gopass lpass doppler heroku sops conjur akeyless infisical kubeseal kubectl-docs "          \
      "redis-cli psql mysql mongo mongosh sqlite3 python python2 python3 perl ruby node php java bash sh zsh "         \
      "dash")                                                                                                          \
    /* what every system has */                                                                                        \
    X(SYSTEM, "ps ls cat id top sh ping cron crond sshd init systemd kworker kthreadd nginx httpd java")               \
    /* interpreters */                                                                                                 \
    X(CODE, "python perl ruby node php lua awk gawk mawk nawk deno bun pwsh tclsh julia Rscript groovy irb")
