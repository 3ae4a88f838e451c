"""bench_rules.py: packs of many generated rules, and how a hunt runs them on one thread."""
import shutil
import subprocess
import sys

from bench_tools import FOLDER, PROGRAM, SEED


def rule_folder(count):
    """A pack of `count` rules; a smaller one is the begin of a larger one."""
    folder = f"{FOLDER}/rules-{count}-{SEED}"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "tests/bench/generate_rules.py", folder, str(count), str(SEED)], check=True)
    return folder


def rules_command(folder, path):
    return [PROGRAM, "hunt", "--config", "none", "--no-summary", "--pack", folder, "--threads", "1", "-o", "ndjson",
            path]
