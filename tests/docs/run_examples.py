#!/usr/bin/env python3
"""run_examples.py TOCSIN PROJECT COMPILER...: runs the examples of the documents (see README.md here). Prints TAP."""
import glob
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\S[^\n]*)\n(.*?)^```$", re.M | re.S)
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wno-unused-parameter", "-Werror"]
TIMEOUT_S = 120
# What the queries of guides run over besides the samples.
RECORDED = ["recorded/live-enriched.log", "recorded/live-raw.log", "recorded/docker/live-dockerd-debug.log"]


def blocks(path):
    """(line, info, text) of each fenced block."""
    with open(path, encoding="utf-8") as file:
        document = file.read()
    return [(document.count("\n", 0, match.start()) + 1, match[1].strip(), match[2])
            for match in BLOCK.finditer(document)]


def is_like(shown, wanted):
    parts = [re.escape(part) for part in re.split(r"(?m)^\.\.\.\n", wanted)]
    return re.fullmatch("(?:.*\n)*".join(parts), shown) is not None


def run_shell(text, wanted_code, wanted_output, folder, environment):
    done = subprocess.run(["bash", "-o", "pipefail", "-c", text], cwd=folder, env=environment, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
    is_right = done.returncode == wanted_code if wanted_code is not None else done.returncode in (0, 1)
    shown = done.stdout.decode(errors="replace")
    if is_right and (wanted_output is None or is_like(shown, wanted_output)):
        return None
    return f"exit code {done.returncode}\n{shown}{done.stderr.decode(errors='replace')}"


def run_query(text, logs, folder, environment):
    done = subprocess.run(["tocsin", "query", "-q", text, *logs], cwd=folder, env=environment, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)
    if done.returncode == 0 and done.stdout:
        return None
    return f"exit code {done.returncode}, {len(done.stdout)} bytes\n{done.stderr.decode(errors='replace')}"


def compile_c(text, compiler, project):
    done = subprocess.run([*compiler, "-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", *WARNINGS, f"-I{project}/src",
                           f"-I{project}/include", "-xc", "-"], input=text.encode(), check=False, capture_output=True,
                          timeout=TIMEOUT_S)
    return None if done.returncode == 0 else done.stderr.decode(errors="replace")


def compare_file(text, path):
    with open(path, encoding="utf-8") as file:
        return None if file.read() == text else f"the block is not what {path} holds"


def tests_of(path, name, folder, environment, compiler, project):
    """(name, function without arguments) of each example."""
    found = blocks(path)
    logs = ["samples", *RECORDED] if "/guides/" in path else ["samples"]
    for index, (line, info, text) in enumerate(found):
        place = f"{name}:{line}"
        words = info.split()
        if words[0] == "sh" and len(words) > 1 and words[1].startswith("run"):
            code = int(words[1][4:]) if "=" in words[1] else None
            behind = found[index + 1] if index + 1 < len(found) else None
            output = behind[2] if behind and behind[1] == "text output" else None
            yield place, lambda t=text, c=code, o=output: run_shell(t, c, o, folder, environment)
        elif words[0] == "aql":
            yield place, lambda t=text: run_query(t, logs, folder, environment)
        elif words[0] == "c":
            yield place, lambda t=text: compile_c(t, compiler, project)
        elif words[0] in ("yaml", "csv") and len(words) > 1:
            yield place, lambda t=text, f=words[1]: compare_file(t, os.path.join(project, "docs", "lookups", f))


def main():
    program, project, *compiler = sys.argv[1:]
    program, project = os.path.abspath(program), os.path.abspath(project)
    environment = {**os.environ, "PATH": os.path.dirname(program) + ":" + os.environ["PATH"], "TZ": "UTC",
                   "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": "/nonexistent"}
    environment.pop("NO_COLOR", None)
    documents = [os.path.join(project, name) for name in ("README.md", "CONTRIBUTING.md")]
    documents += sorted(glob.glob(os.path.join(project, "docs", "*.md")))
    documents += sorted(glob.glob(os.path.join(project, "packs", "*", "guides", "*.md")))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        environment["XDG_STATE_HOME"] = os.path.join(folder, "state")
        os.symlink(os.path.join(project, "samples"), os.path.join(folder, "samples"))
        os.symlink(os.path.join(project, "tests", "data"), os.path.join(folder, "recorded"))
        os.symlink(os.path.join(project, "docs", "lookups"), os.path.join(folder, "lookups"))
        examples = [test for path in documents if os.path.exists(path)
                    for test in tests_of(path, os.path.relpath(path, project), folder, environment, compiler, project)]
        print(f"1..{len(examples)}")
        for number, (name, test) in enumerate(examples, 1):
            problem = test()
            failed += problem is not None
            print(f"{'ok' if problem is None else 'not ok'} {number} {name}")
            for line in (problem or "").splitlines()[:40]:
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
