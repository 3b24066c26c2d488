#!/usr/bin/env python3
"""Runs the program of README.md twice in a directory of its own and compares what it prints with the
page's ```text block.

    tests/docs/run_example.py PROGRAM PAGE
"""

import subprocess
import sys
import tempfile

import snippet


def main():
    program, page = sys.argv[1:]
    expected = "\n".join(snippet.only_block(page, "text")[1]) + "\n"
    with tempfile.TemporaryDirectory() as directory:
        for turn in ("first", "second"):
            run = subprocess.run([program], cwd=directory, capture_output=True, text=True)
            if run.returncode != 0 or run.stdout != expected:
                raise SystemExit(
                    f"{turn} run of {program}: exit {run.returncode}, printed {run.stdout!r}, "
                    f"{page} says {expected!r}; stderr: {run.stderr}"
                )


if __name__ == "__main__":
    main()
