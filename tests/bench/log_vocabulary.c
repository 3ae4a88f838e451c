#include "bench/log_vocabulary.h"

#include "base/str.h"

const char *const vocabulary_words[VOCABULARY_WORDS] = {
    "api", "auth", "billing", "cart", "catalog", "checkout", "cron", "db", "edge", "events", "frontend", "gateway",
    "graph", "identity", "ingest", "inventory", "invoice", "ledger", "mailer", "media", "metrics", "notify", "orders",
    "payments", "pricing", "profile", "proxy", "queue", "recommend", "report", "router", "scheduler", "search",
    "session", "shipping", "sync", "telemetry", "upload", "users", "web", "worker", "zookeeper",
};

const char *const vocabulary_namespaces[VOCABULARY_NAMESPACES] = {
    "default", "kube-system", "monitoring", "payments", "prod", "staging", "ingress-nginx", "logging", "cert-manager",
    "istio-system", "batch", "ml", "argocd", "vault", "data",
};

const char *const vocabulary_users[VOCABULARY_USERS] = {
    "root", "www-data", "nagios", "postgres", "prometheus", "jenkins", "deploy", "ubuntu", "ec2-user", "alice", "bob",
    "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj", "olivia", "peggy",
    "rupert", "sybil", "trent", "victor", "walter", "svc-backup", "svc-ci", "svc-etl", "datadog", "telegraf",
    "zabbix", "mysql", "redis", "nobody", "syslog", "messagebus", "containerd",
};

const int vocabulary_user_ids[VOCABULARY_USERS] = {
    0, 33, 110, 113, 998, 997, 1001, 1000, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012,
    1013, 1014, 1015, 1016, 1017, 1018, 1019, 1020, 990, 991, 992, 993, 994, 995, 114, 115, 65534, 104, 103, 989,
};

static const struct command_template linux_templates[] = {
    {90, "/usr/bin/runc",
     "runc --root /run/containerd/runc/k8s.io --log "
     "/run/containerd/io.containerd.runtime.v2.task/k8s.io/{x}/log.json --log-format json exec --process "
     "/tmp/runc-process{N} --detach --pid-file "
     "/run/containerd/io.containerd.runtime.v2.task/k8s.io/{x}/{u}.pid {x}"},
    {80, "/usr/bin/runc", "/usr/bin/runc --root /var/run/docker/runtime-runc/moby --log-format json state {x}"},
    {70, "/bin/sh", "sh -c wget~-q~-O~-~http://localhost:{o}/healthz~||~exit~1"},
    {60, "/usr/bin/curl", "curl -sf -o /dev/null -m 5 http://{w}.{s}.svc.cluster.local:{o}/ready"},
    {50, "/usr/bin/pg_isready", "pg_isready -U postgres -h 127.0.0.1 -p 5432 -d {w}"},
    {50, "/usr/sbin/iptables", "iptables -w 5 -W 100000 -S KUBE-KUBELET-CANARY -t mangle"},
    {45, "/usr/sbin/iptables-save", "iptables-save -t nat"},
    {40, "/usr/bin/grep", "grep -c ^processor /proc/cpuinfo"},
    {40, "/usr/bin/awk", "awk {print~$1,$2,$3} /proc/{p}/stat"},
    {40, "/bin/ps", "ps -eo pid,ppid,user,pcpu,pmem,etime,args --no-headers"},
    {35, "/usr/sbin/cron", "/usr/sbin/CRON -f -P"},
    {35, "/bin/sh",
     "/bin/sh -c "
     "[~-x~/usr/lib/php/sessionclean~]~&&~if~[~!~-d~/run/systemd/system~];~then~/usr/lib/php/sessionclean;~fi"},
    {35, "/usr/lib/nagios/plugins/check_disk", "/usr/lib/nagios/plugins/check_disk -w {n}% -c 5% -p /var/lib/{w}"},
    {30, "/usr/lib/nagios/plugins/check_http",
     "/usr/lib/nagios/plugins/check_http -H {w}.example.internal -I {i} -p {o} -u /status -t 10"},
    {30, "/usr/bin/redis-cli", "redis-cli -h {w}-redis -p 6379 ping"},
    {30, "/usr/bin/stat", "stat -c %Y /var/lib/{w}/{f}.lock"},
    {30, "/usr/bin/date", "date +%s"},
    {30, "/usr/bin/sleep", "sleep {n}"},
    {25, "/usr/bin/python3.11",
     "/usr/bin/python3 /opt/{w}/bin/collector.py --config /etc/{w}/collector.yaml --batch {N} --since {t}"},
    {25, "/usr/bin/rsync", "rsync -az --delete --exclude=*.tmp /srv/{w}/{f}/ backup@{H}:/backup/{H}/{w}/{d}/"},
    {25, "/usr/bin/find", "find /var/log/{w} -type f -name *.log.{n} -mtime +{n} -delete"},
    {20, "/usr/bin/java",
     "java -Xms2g -Xmx4g -XX:+UseG1GC -Dapp.name={w} -Dinstance={u} -cp /opt/{w}/lib/*:/opt/{w}/conf "
     "com.example.{w}.Main --port {o}"},
    {20, "/usr/sbin/sshd", "sshd: {U} [priv]"},
    {20, "/usr/bin/sudo", "sudo -u {U} /usr/local/bin/{w}-ctl reload --id {N}"},
    {20, "/usr/bin/systemctl", "systemctl is-active {w}.service"},
    {20, "/usr/bin/git", "git -C /srv/repos/{w} fetch --prune origin +refs/heads/*:refs/remotes/origin/*"},
    {18, "/usr/bin/docker", "docker ps --format {{.Names}} --filter name={w}"},
    {15, "/usr/bin/dockerd", "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"},
    {14, "/usr/bin/docker", "docker stats --no-stream {h}"},
    {12, "/usr/bin/docker",
     "docker run --rm -v /srv/{w}:/data registry.example.internal/{w}:{h} /entrypoint.sh --job {N}"},
    {12, "/usr/bin/containerd-shim-runc-v2",
     "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id {x} -address /run/containerd/containerd.sock"},
    {12, "/usr/local/bin/kubectl", "kubectl get pods -n {s} -o wide"},
    {8, "/usr/local/bin/kubectl", "kubectl rollout status deployment/{w} -n {s} --timeout={n}s"},
    {6, "/usr/local/bin/kubectl", "kubectl apply -f /srv/deploy/{s}/{w}/{h}.yaml"},
    {10, "/usr/bin/apt-get", "apt-get -qq -y --no-install-recommends install lib{w}-dev={n}.{n}-{n}"},
    {10, "/usr/bin/openssl", "openssl x509 -noout -enddate -in /etc/ssl/certs/{w}-{h}.pem"},
    {10, "/usr/bin/node", "node --max-old-space-size=2048 /srv/{w}/dist/server.js --trace-id={u}"},
    {10, "/usr/bin/tar", "tar -czf /backup/{w}-{d}-{N}.tar.gz --one-file-system /srv/{w}/{f}"},
    {10, "/usr/bin/psql", "psql -h {w}-db -U {U} -d {w} -Atc select~count(*)~from~jobs~where~id~>~{N}"},
    {10, "/usr/bin/bash", "bash -c cd~/home/{U}/{w}~&&~make~-j{n}~test~TEST_ID={u}"},
    {8, "/usr/bin/vim.basic", "vim /etc/{w}/{f}.conf"},
    {8, "/usr/bin/aws", "aws s3 cp /var/backups/{w}-{d}.sql.gz s3://backup-{w}/{H}/{u}.gz --only-show-errors"},
    {8, "/usr/bin/less", "less /var/log/{w}/{f}-{d}.log"},
    {6, "/usr/bin/ansible-playbook",
     "ansible-playbook -i /etc/ansible/inventory/{s} site.yml --limit {H} --tags {w} -e release={h}"},
    {5, "/usr/bin/gcc",
     "gcc -O2 -Wall -I/usr/include/{w} -c /build/{w}-{n}.{n}/src/{f}.c -o /build/{w}-{n}.{n}/obj/{f}{N}.o"},
    {0.5, "/usr/bin/datadog-agent",
     "/opt/datadog-agent/bin/agent/agent run -p /opt/datadog-agent/run/agent.pid "
     "--docker_sock=/var/run/docker.sock"},
    {0.2, "/usr/local/bin/kubectl", "kubectl get configmap {w}-config -n {s} -o yaml"},
    {0.2, "/usr/bin/docker", "docker logs --tail 100 {w}-keycloak-{n}"},
};

static const struct command_template attack_templates[] = {
    {30, "/usr/local/bin/kubectl", "kubectl get secrets -A -o json"},
    {15, "/usr/local/bin/kubectl", "kubectl get secret {w}-db-creds -n {s} -o jsonpath={.data.password}"},
    {10, "/usr/local/bin/kubectl", "KUBECTL DESCRIBE SECRET {w} --namespace={s}"},
    {15, "/usr/bin/docker", "docker inspect --format {{.Config.Env}}~secret {h}"},
    {10, "/usr/bin/docker", "docker exec {w}-{n} cat /run/secrets/{w}_password"},
    {20, "/usr/bin/curl", "curl -s --unix-socket /var/run/docker.sock http://localhost/containers/{x}/json"},
    {10, "/usr/bin/cat", "cat /var/run/secrets/kubernetes.io/serviceaccount/token"},
    {5, "/usr/local/bin/kubectl",
     "kubectl exec -it {P} -n {s} -- cat /var/run/secrets/kubernetes.io/serviceaccount/token"},
};

static const struct command_template windows_templates[] = {
    {10, "svchost.exe", "svchost.exe -k netsvcs -p -s Schedule"},
    {10, "conhost.exe", "conhost.exe 0xffffffff -ForceV1"},
    {6, "powershell.exe",
     "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy RemoteSigned -File {w}-Inventory.ps1 -RunId "
     "{u}"},
    {5, "backgroundTaskHost.exe", "backgroundTaskHost.exe -ServerName:App.AppX{h}.mca"},
    {3, "wmiprvse.exe", "wmiprvse.exe -secured -Embedding"},
    {3, "cmd.exe", "cmd.exe /c schtasks /query /tn {w} /fo csv"},
};

static const struct command_template kubernetes_templates[] = {
    {20, "kubelet", "get /api/v1/nodes/{H}?resourceVersion=0&timeout=10s"},
    {20, "kube-controller-manager", "update /apis/coordination.k8s.io/v1/namespaces/{s}/leases/{w}?timeout=5s"},
    {12, "kube-scheduler",
     "watch /api/v1/pods?allowWatchBookmarks=true&resourceVersion={N}&timeoutSeconds={n}&watch=true"},
    {10, "argocd", "list /apis/apps/v1/namespaces/{s}/deployments?limit=500"},
    {6, "external-secrets", "get /api/v1/namespaces/{s}/secrets/{w}-tls"},
    {6, "coredns", "watch /api/v1/services?resourceVersion={N}"},
};

const struct template_list vocabulary_templates[TEMPLATE_KINDS] = {
    [TEMPLATES_LINUX] = {linux_templates, countof(linux_templates)},
    [TEMPLATES_ATTACK] = {attack_templates, countof(attack_templates)},
    [TEMPLATES_WINDOWS] = {windows_templates, countof(windows_templates)},
    [TEMPLATES_KUBERNETES] = {kubernetes_templates, countof(kubernetes_templates)},
};
