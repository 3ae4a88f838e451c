#!/usr/bin/env python3
"""test_shipped.py TOCSIN: packs/container-api/conversions is what `tocsin convert` makes of the pack's rules now."""
import filecmp
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACK = os.path.join(ROOT, "packs/container-api")


def files(folder):
    return {os.path.relpath(os.path.join(path, name), folder)
            for path, _, names in os.walk(folder) for name in names}


def main():
    shipped = os.path.join(PACK, "conversions")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.argv[1], "convert", "--config", "none", "--to", "all", "--pack", PACK, "--output-dir", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"exit code {done.returncode}\n{done.stderr}")
        stale = sorted(files(folder) ^ files(shipped))
        stale += sorted(name for name in files(folder) & files(shipped)
                        if not filecmp.cmp(os.path.join(folder, name), os.path.join(shipped, name), shallow=False))
    for name in stale:
        print(f"stale: packs/container-api/conversions/{name}")
    if stale:
        print("write them anew: rm -r packs/container-api/conversions && tocsin convert --config none --to all "
              "--pack packs/container-api --output-dir packs/container-api/conversions")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
