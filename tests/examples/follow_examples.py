#!/usr/bin/env python3
"""Runs examples/outbox, examples/export_new.sh and examples/monitor as their users would.

    tests/examples/follow_examples.py LEDGERCTL OUTBOX SOURCE_DIRECTORY
"""

import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

RELATED = [
    {"record": "define_currency", "code": "CNY"},
    {"record": "define_currency", "code": "JPY"},
    {"record": "define_book", "book": 1, "name": "Client money"},
    {"record": "define_group", "code": "22", "kind": "liability", "name": "Owed"},
    {"record": "open_account", "id": "text:bank", "book": 1, "currency": "CNY", "code": "1002", "kind": "asset"},
    {"record": "open_account", "id": "text:real", "book": 1, "currency": "CNY", "code": "3", "kind": "liability"},
    {"record": "open_account", "id": "text:virtual:1", "book": 1, "currency": "CNY", "code": "4", "kind": "liability",
     "parent": "text:real"},
    {"record": "open_account", "id": "text:virtual:2", "book": 1, "currency": "CNY", "code": "4", "kind": "liability",
     "parent": "text:real"},
    {"record": "open_account", "id": "text:control", "book": 1, "currency": "CNY", "code": "5", "kind": "memorandum"},
    {"record": "open_account", "id": "text:counter", "book": 1, "currency": "CNY", "code": "6", "kind": "memorandum"},
    {"record": "define_relation", "number": 1, "name": "control of 22", "at_day_close": True, "terms": [
        {"account": "text:control"}, {"group": "22", "book": 1, "currency": "CNY", "coefficient": -1}]},
    {"record": "open_account", "id": "text:shop", "book": 1, "currency": "CNY", "code": "22.01", "kind": "liability",
     "buffer_window": "1d", "buffer_lines_max": 3},
    {"record": "open_account", "id": "text:yen", "book": 1, "currency": "JPY", "code": "7", "kind": "asset"},
    {"record": "define_relation", "number": 2, "name": "bank covers all", "terms": [
        {"account": "text:bank"}, {"group": "22", "book": 1, "currency": "CNY", "coefficient": -1},
        {"account": "text:real", "coefficient": -1}]},
]


def line(account, side, amount, **more):
    return {"account": "text:" + account, "side": side, "amount": amount, **more}


def related_vouchers():
    for number in range(8):
        yield {"id": f"text:in:{number}", "book": 1, "book_date": "2026-11-20", "lines": [
            line("bank", "debit", "10.00"), line("shop", "credit", "4.00"), line("real", "credit", "6.00"),
            line("virtual:1", "credit", "5.00"), line("virtual:2", "credit", "1.00"),
            line("counter", "debit", "6.00"),
            line("control", "debit", "4.00"), line("counter", "credit", "4.00"),
            line("counter", "credit", "6.00"), line("counter", "debit", "6.00")]}
    yield {"record": "place_hold", "id": "text:hold:1", "account": "text:shop", "amount": "20.00"}
    yield {"record": "place_hold", "id": "text:hold:2", "account": "text:shop", "amount": "3.00"}
    yield {"id": "text:out:1", "book": 1, "book_date": "2026-11-20", "lines": [
        line("shop", "debit", "7.00"), line("bank", "credit", "7.00"), line("control", "debit", "7.00", ink="red"),
        line("counter", "credit", "7.00", ink="red")],
        "captures": [{"hold": "text:hold:1", "amount": "5.00"}, {"hold": "text:hold:2", "amount": "1.00"}]}
    yield {"record": "release_hold", "id": "text:release:1", "hold": "text:hold:1", "amount": "4.00"}
    yield {"id": "text:undo", "book": 1, "red": True, "reverses": "text:in:3"}


def page_shows_the_example(source):
    """The loop on docs/feed.md is the one that is compiled and run here."""
    page = (source / "docs/feed.md").read_text(encoding="utf-8")
    shown = [text.strip() for text in page.split("```cpp\n")[1].split("```")[0].splitlines()]
    program = [text.strip() for text in (source / "examples/outbox/main.cpp").read_text(encoding="utf-8").splitlines()]
    if not any(program[at:at + len(shown)] == shown for at in range(len(program))):
        raise SystemExit("docs/feed.md and examples/outbox/main.cpp differ: they show the same loop")


class Stage:
    def __init__(self, ledgerctl, outbox, source, home):
        self.ledgerctl, self.outbox, self.source, self.home = ledgerctl, outbox, source, home

    def run(self, *command, code=0, **more):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)
        if done.returncode != code:
            raise SystemExit(f"{command}: exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
        return done

    def ctl(self, books, *arguments, **more):
        return self.run(self.ledgerctl, "--dir", books, *arguments, **more).stdout

    def feed(self, books, *arguments):
        return self.ctl(books, "follow", "--json", *arguments).splitlines()

    def monitor(self, lines, *arguments, **more):
        return self.run(sys.executable, self.source / "examples/monitor/monitor.py", *arguments,
                        input="\n".join(lines) + "\n", **more)

    # ---- ledgers

    def day(self):
        books, day = self.home / "day", self.home / "day.files"
        self.run(sys.executable, self.source / "examples/generate_day.py", day, "--payments", 900)
        self.ctl(books, "init")
        self.ctl(books, "post", day / "definitions.jsonl")
        self.ctl(books, "import", "--map", day / "morning.map.json", "--rejects", self.home / "rejects",
                 day / "morning.csv", code=1)
        # One of the day's forged vouchers is refused, as it should be.
        subprocess.run([self.ledgerctl, "--dir", books, "post", day / "day.jsonl"], capture_output=True, check=False)
        self.ctl(books, "day", "cut", "1", "2026-11-20")
        self.ctl(books, "day", "close", "1", "2026-11-20")
        return books

    def related(self):
        books = self.home / "related"
        self.ctl(books, "init")
        records = [*RELATED, *related_vouchers()]
        self.ctl(books, "post", input="".join(json.dumps(record) + "\n" for record in records))
        for amount in ("0.50", "0.25"):  # long enough for a slow machine to place the second
            self.ctl(books, "hold", "place", "text:shop", amount, "--expires-in", "5s")
        time.sleep(5.1)
        self.ctl(books, "account", "freeze", "text:yen", "--direction", "all")
        self.ctl(books, "reverse", "text:in:4", "--book-date", "2026-11-20")
        self.ctl(books, "day", "cut", "1", "2100-01-01")
        self.ctl(books, "day", "close", "1", "2100-01-01")
        self.ctl(books, "snapshot", "cut", "evening")
        return books

    # ---- the monitor

    def monitor_holds(self, books):
        lines = self.feed(books)
        said = self.monitor(lines).stdout
        if f"position {len(lines)}:" not in said:
            raise SystemExit(f"the monitor did not come to position {len(lines)}: {said}")
        # In parts, by what both sides remember; the parts overlap, as after a crash.
        state = self.home / (books.name + ".monitor")
        for first in range(0, len(lines), 97):
            self.monitor(lines[max(0, first - 3):first + 97], "--state", state)
        if self.monitor(lines[-1:], "--state", state).stdout != said:
            raise SystemExit("in parts the monitor knows something else than in one piece")
        return lines

    def alarm(self, lines, position, what):
        said = self.monitor(lines, code=1).stderr
        if f"ALARM at position {position}:" not in said:
            raise SystemExit(f"{what} at position {position}: the monitor said {said!r}")

    def monitor_finds(self, lines, lies, dice):
        for _ in range(lies):
            at = dice.randrange(len(lines))
            record = json.loads(lines[at])
            places = list(figures(record))
            if not places:
                continue
            owner, key = dice.choice(places)
            true = owner[key]
            owner[key] = one_digit_changed(true, dice)
            lie = [*lines[:at], json.dumps(record), *lines[at + 1:]]
            self.alarm(lie, at + 1, f"'{key}': {true!r} told as {owner[key]!r}")
        middle = len(lines) // 2
        self.alarm(lines[:middle] + lines[middle + 1:], middle + 2, "a record left out")
        self.alarm(lines[:middle] + lines[middle - 1:], middle, "a record given twice")
        self.alarm(lines[1:], 2, "a feed that does not begin at its beginning")
        self.alarm(lines[:middle] + ["{"], middle + 1, "a line cut off")

    def relation_is_judged(self, lines):
        """Another coefficient, and the first record that breaks the relation is named."""
        for number, broken_by in ((1, "close_day"), (2, "voucher")):
            changed, defined = [], False
            for text in lines:
                record = json.loads(text)
                if record["record"] == "define_relation" and record["number"] == number:
                    record["terms"][1]["coefficient"] = -2
                    defined = True
                changed.append(json.dumps(record))
            first = next(json.loads(text)["position"] for text in lines
                         if json.loads(text)["record"] == broken_by)
            assert defined
            self.alarm(changed, first, f"relation {number} broken")

    def waiting_ends_with_an_interrupt(self, books):
        state = self.home / "waiting"
        count = len(self.feed(books))
        command = [self.ledgerctl, "--dir", books, "follow", "--wait", "--json", "--state", state]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            for _ in range(count):
                child.stdout.readline()
            child.send_signal(signal.SIGINT)
            rest = child.stdout.read()
        if child.returncode != 130 or rest:
            raise SystemExit(f"follow --wait ended with {child.returncode} and {rest!r} after Ctrl-C")
        if self.feed(books, "--state", state):
            raise SystemExit("follow --wait did not remember how far it came")

    # ---- outbox and export

    def outbox_publishes_once(self, books):
        sink, state = self.home / "sink", self.home / "outbox.position"
        for crash_after in (1, 30, 100, 7, 250):
            self.run(self.outbox, books, sink, state, crash_after, code=-signal.SIGKILL)
        said = self.run(self.outbox, books, sink, state).stdout
        vouchers = {str(record["position"]): record for record in map(json.loads, self.feed(books))
                    if record["record"] == "voucher"}
        if {path.name for path in sink.iterdir()} != vouchers.keys():
            raise SystemExit(f"the sink does not have each voucher once: {said}")
        for path in sink.iterdir():
            if vouchers[path.name]["id"] not in path.read_text(encoding="utf-8"):
                raise SystemExit(f"{path} is not of its voucher")
        if "0 published, 0 the sink had already" not in self.run(self.outbox, books, sink, state).stdout:
            raise SystemExit("the outbox does not remember that it was done")

    def export_goes_on(self, books):
        exported = self.home / "exported"
        export = [self.source / "examples/export_new.sh", self.ledgerctl, books, exported]
        self.run(*export)
        (exported / ".new.1").write_text("left by a run that was killed", encoding="utf-8")
        for number in range(3):
            self.ctl(books, "post", "--book", "1", "--debit", "text:channel-cost=1.00", "--credit", "text:bank=1.00",
                     "--id", f"text:late:{number}")
            self.run(*export)
        if "nothing new" not in self.run(*export).stdout:
            raise SystemExit("there is something new where nothing was posted")
        files = sorted(exported.iterdir())
        lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
        if len(files) != 4 or lines != self.feed(books):
            raise SystemExit(f"the exported files together are not the feed: {files}")


def figures(record):
    """(object, key) of every amount that the monitor must not be lied to about."""
    for holder in [*record.get("lines", []), *record.get("captures", [])]:
        yield from ((holder, key) for key in ("amount", "remaining") if key in holder)
    if record["record"] in ("place_hold", "release_hold"):
        yield record, "amount"
    if record["record"] in ("certificate", "snapshot"):
        yield record, "digest"
    for entry in record["entries"]:
        if "amount" in entry:
            yield entry, "amount"
        if "folded" in entry:
            yield from ((entry["folded"], key) for key in ("debits", "credits"))
        yield from ((entry["balance"], key) for key in entry["balance"] if key not in ("currency", "normal_side"))


def one_digit_changed(text, dice):
    at = dice.choice([place for place, letter in enumerate(text) if letter.isdigit()])
    return text[:at] + str((int(text[at]) + dice.randrange(1, 10)) % 10) + text[at + 1:]


def main():
    ledgerctl, outbox, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    dice = random.Random(20261121)
    page_shows_the_example(source)
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(ledgerctl, outbox, source, pathlib.Path(home))
        related = stage.related()
        lines = stage.monitor_holds(related)
        assert {json.loads(text)["record"] for text in lines} >= {"certificate", "snapshot"}
        stage.monitor_finds(lines, 60, dice)
        stage.relation_is_judged(lines)
        day = stage.day()
        lines = stage.monitor_holds(day)
        kinds = {entry["kind"] for text in lines for entry in json.loads(text)["entries"]}
        assert kinds >= {"line", "fold", "hold_placed", "hold_captured"}, kinds
        stage.monitor_finds(lines, 40, dice)
        stage.waiting_ends_with_an_interrupt(day)
        stage.outbox_publishes_once(day)
        stage.export_goes_on(day)


if __name__ == "__main__":
    main()
