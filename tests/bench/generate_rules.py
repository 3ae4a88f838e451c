#!/usr/bin/env python3
"""generate_rules.py FOLDER COUNT [SEED]: a pack of rules like those that are written for process telemetry, to measure
many rules at once. Same arguments, same bytes.

Conditions are chains of `Command ILIKE '%..%'` joined by AND, OR and NOT, of one to four terms; some are conditions on
the program's name or path, on the user, on numbers, some are regular expressions, a few have nothing that could be
looked for. Most terms are rare, some stand in everyday commands, as in real rules (docs/matching.md)."""
import os
import random
import sys

TOOLS = """mimikatz nc ncat socat curl wget python3 perl ruby php base64 openssl chmod chattr crontab systemctl useradd
usermod passwd visudo iptables nft tcpdump nmap masscan hydra john hashcat gdb strace ltrace insmod modprobe
rmmod mount umount losetup debugfs dd shred wipe rsync scp sftp ssh sshpass tmux screen nohup setsid at batch
docker podman nerdctl ctr crictl runc kubectl helm etcdctl aws gcloud az vault consul terraform ansible git
svn gcc make awk sed xxd od hexdump tar zip 7z gpg age msfconsole meterpreter empire sliver merlin chisel
ligolo frp ngrok cloudflared xmrig minerd kinsing proxychains responder impacket crackmapexec bloodhound
linpeas pspy peirates deepce amicontained botb cdk""".split()
VERBS = """-enc -exec -e -c -i -l -p -r -x --insecure --privileged --pid=host --net=host --cap-add --unix-socket
--upload-file --data-binary --post-file --no-check-certificate --proxy --socks5 --interpreter --command
--config --output --password --token --kubeconfig get describe apply patch delete exec cp attach run create
inspect export save load commit push pull add remove enable disable start stop mask reload""".split()
PATHS = """/etc/shadow /etc/passwd /etc/sudoers /etc/ld.so.preload /etc/crontab /etc/cron.d/ /root/.ssh/
/.ssh/authorized_keys /.aws/credentials /.kube/config /.docker/config.json /var/run/docker.sock
/run/containerd/containerd.sock /proc/kcore /dev/tcp/ /dev/shm/ /tmp/. /var/tmp/. /boot/ /sys/kernel/
/proc/self/environ /var/lib/kubelet/ /etc/kubernetes/ /etc/rancher/ /var/log/auth.log /var/log/wtmp
.bash_history .mysql_history .pgpass .netrc .git-credentials id_rsa id_ed25519""".split()
COMMON = ["docker", "kubectl", "python3", "/bin/sh -c", "/usr/bin/", "curl", "systemctl", "sudo"]
WORDS = """
alpha bravo delta echo golf hotel india kilo lima mike oscar papa quebec romeo sierra tango victor whisky zulu
backup deploy agent worker cache proxy shard queue mirror loader beacon implant dropper stage keylog rootkit
wiper miner tunnel pivot harvest""".split()
USERS = ["root", "www-data", "postgres", "nobody", "jenkins", "tomcat", "nginx", "svc-backup"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def rare(self):
        """A text that an attack has and everyday commands have not."""
        pick = self.random
        kind = pick.random()
        if kind < 0.35:
            return f"{pick.choice(TOOLS)} {pick.choice(VERBS)} {pick.choice(WORDS)}"
        if kind < 0.50:
            return f"{pick.choice(PATHS)}{pick.choice(WORDS)}"
        if kind < 0.65:
            return f"{pick.choice(VERBS)} {pick.choice(WORDS)}{pick.randrange(100)}"
        if kind < 0.85:
            return f"{pick.choice(WORDS)}-{pick.choice(WORDS)}{pick.choice(['.sh', '.py', '.elf', '.ps1', '.so', ''])}"
        return f"{pick.choice(TOOLS)}{pick.choice(['.', '_', '-'])}{pick.choice(WORDS)}"

    def like(self, text=None):
        return f"\"Command\" ILIKE '%{text or self.rare()}%'"

    def further(self):
        """A condition that many events meet, beside another one."""
        pick = self.random
        kind = pick.random()
        if kind < 0.35:
            return self.like(pick.choice(TOOLS))
        if kind < 0.50:
            return self.like(pick.choice(COMMON))
        if kind < 0.70:
            return f"\"Process Name\" = '{pick.choice(TOOLS)}'"
        if kind < 0.80:
            return f"\"Command\" ILIKE '{pick.choice(TOOLS)} %'"
        if kind < 0.90:
            return pick.choice(['"User ID" = 0', '"User ID" >= 1000', "NOT (username = 'nagios')"])
        return f"username IN ('{pick.choice(USERS)}', '{pick.choice(USERS)}')"

    def alternatives(self, least, most):
        return "(" + " OR ".join(self.like() for _ in range(self.random.randrange(least, most + 1))) + ")"

    def condition(self):
        pick = self.random
        kind = pick.random()
        if kind < 0.25:
            parts = [self.like()]
        elif kind < 0.45:
            parts = [self.further(), self.like()]
        elif kind < 0.60:
            parts = [self.alternatives(2, 4)]
        elif kind < 0.75:
            parts = [self.further(), self.alternatives(2, 3)]
        elif kind < 0.85:
            parts = [self.further(), self.alternatives(2, 3), f"NOT ({self.like()})"]
        elif kind < 0.90:
            parts = [f"\"Process Path\" ILIKE '%{pick.choice(PATHS)}%'", self.like()]
        elif kind < 0.93:
            parts = [f"\"Process Name\" = '{pick.choice(WORDS)}'"]
        elif kind < 0.96:
            parts = [f"\"Command\" IMATCHES '{pick.choice(TOOLS)}\\s+.*{pick.choice(WORDS)}'", self.like()]
        elif kind < 0.99:
            parts = [self.like(pick.choice(TOOLS)), f"\"Command\" IMATCHES '\\b{pick.choice(WORDS)}[0-9]+\\b'"]
        elif kind < 0.996:
            parts = [f"\"User ID\" = {pick.randrange(1, 2000)}",
                     f"\"Audit User ID\" = {pick.randrange(100000, 4000000)}"]
        else:
            parts = [f"\"Command\" IMATCHES '^{pick.choice(TOOLS)} (-[{pick.choice('bdjkquvyz')}]{{2}} )+'"]
        return "\n    AND ".join(parts)

    def rule(self, number):
        pick = self.random
        level = pick.choice(["low", "medium", "high", "critical"])
        columns = ["starttime AS Time", "username AS Identity", "hostname AS Host", '"Command" AS Detail',
                   '"Process Name" AS Process']
        if pick.random() < 0.3:
            columns.append(f"CASE WHEN {self.like()} THEN 80 ELSE 40 END AS Severity")
        return (f"/* rule\nid: generated_{number:05d}\ntitle: Generated rule {number}\nstatus: stable\nlevel: {level}\n"
                f"description: Made for measuring.\n*/\nSELECT\n    " + ",\n    ".join(columns) +
                f"\nFROM events\nWHERE {self.condition()}\n")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.splitlines()[0])
    folder, count = sys.argv[1], int(sys.argv[2])
    maker = Maker(int(sys.argv[3]) if len(sys.argv) == 4 else 1)
    os.makedirs(os.path.join(folder, "rules"), exist_ok=True)
    with open(os.path.join(folder, "pack.yaml"), "w", encoding="utf-8") as file:
        file.write("name: generated\ntitle: Generated rules\nversion: 1.0.0\ndescription: Made for measuring.\n")
    for number in range(count):
        with open(os.path.join(folder, "rules", f"generated_{number:05d}.aql"), "w", encoding="utf-8") as file:
            file.write(maker.rule(number))


main()
