#!/usr/bin/env python3
"""Walks through the pages as a newcomer: the files that they show are those in examples/first, and the commands that
they show do what they say.

    tests/docs/walk_pages.py LEDGERCTL SOURCE_DIRECTORY
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import snippet

# page, language of the fenced block, which of that page's blocks, the file
SHOWN = [
    ("docs/ledgerctl.md", "json", 0, "day.jsonl"),
    ("docs/import.md", "csv", 0, "payments.csv"),
    ("docs/import.md", "json", 0, "payments.map.json"),
    ("docs/import.md", "json", 1, "opening.map.json"),
    ("docs/days.md", "json", 0, "calendar.json"),
    ("docs/reports.md", "json", 0, "company.jsonl"),
]

# The instant at which the example is posted is another one every time, and as long as it happens to be.
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


def block(page, language, index):
    found = snippet.blocks(page.read_text(encoding="utf-8"), language)
    if index >= len(found):
        raise SystemExit(f"{page}: no block {index} of ```{language}")
    return found[index][1]


class Shell:
    """Runs commands as they stand on a page, in an empty directory with examples/first in it."""

    def __init__(self, ledgerctl, source, directory):
        shutil.copytree(source / "examples/first", directory / "examples/first")
        self.directory = directory
        self.environment = {**os.environ, "PATH": f"{ledgerctl.parent}:{os.environ['PATH']}"}

    def run(self, command):
        done = subprocess.run(command, shell=True, cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def expect(self, command, text):
        said = self.run(command)
        if text not in said:
            raise SystemExit(f"{command}: {text!r} is not in what it printed:\n{said}")


def sessions(page):
    """(commands, what they print or None) of every ```sh block of a page; what is printed is the ```text block
    right behind it."""
    text = page.read_text(encoding="utf-8")
    printed = dict(snippet.blocks(text, "text"))
    for start, commands in snippet.blocks(text, "sh"):
        yield commands, printed.get(start + len(commands) + 3)


def comparable(lines):
    """Without what differs from day to day, and the widths of columns that follow from it."""
    return [" ".join(INSTANT.sub("INSTANT", line).split()) for line in lines]


def walk_reports(shell, source):
    for commands, printed in sessions(source / "docs/reports.md"):
        said = "".join(shell.run(command) for command in commands)
        if printed is not None and comparable(printed) != comparable(said.splitlines()):
            raise SystemExit("docs/reports.md: {} prints:\n{}".format("\n".join(commands), said))


def main():
    ledgerctl, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    for page, language, index, name in SHOWN:
        shown = "\n".join(block(source / page, language, index)) + "\n"
        if shown != (source / "examples/first" / name).read_text(encoding="utf-8"):
            raise SystemExit(f"{page} and examples/first/{name} differ: they show the same file")
    with tempfile.TemporaryDirectory() as directory:
        shell = Shell(ledgerctl, source, pathlib.Path(directory))
        commands = [line for line in block(source / "README.md", "sh", 1) if shlex.split(line, comments=True)]
        assert all(command.startswith("ledgerctl --dir books ") for command in commands), commands
        for command in commands:
            shell.run(command)
        shell.expect("ledgerctl --dir books balance text:merchant:7", "89.46")
        shell.expect("ledgerctl --dir books balance text:channel", "140.00")
        shell.expect("ledgerctl --dir books balance text:fees", "0.54")
        shell.expect("ledgerctl --dir books voucher text:pay:3", "refund 3")
        by_flags = next(line for line in (source / "docs/ledgerctl.md").read_text(encoding="utf-8").splitlines()
                        if line.startswith("ledgerctl post --book"))
        for answer in ("accepted", "already_posted"):
            shell.expect(by_flags.replace("ledgerctl", "ledgerctl --dir books", 1), answer)
        days = (source / "docs/days.md").read_text(encoding="utf-8")
        for _, commands in snippet.blocks(days, "sh"):
            for command in commands:
                shell.run(command)
        shell.expect("ledgerctl --dir books day late 1 2026-11-20", "paid out, told late")
        shell.expect("ledgerctl --dir books day certificate 1 2026-11-20", "BLAKE2b-512")
        walk_reports(shell, source)
        shell.run("ledgerctl --dir cutover init")
        shell.run("ledgerctl --dir cutover post examples/first/day.jsonl")
        shell.run("ledgerctl --dir cutover import --map examples/first/opening.map.json examples/first/opening.csv")
        shell.expect("ledgerctl --dir cutover balance text:customer:7", "1250.00")
        shell.expect("ledgerctl --dir cutover balance text:opening:2026", "1219.50")


if __name__ == "__main__":
    main()
