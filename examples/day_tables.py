#!/usr/bin/env python3
"""Reads a ledger through ledgerctl --json and prints it for people, or as a digest of all balances.

    examples/day_tables.py LEDGERCTL DIRECTORY            tables of the day
    examples/day_tables.py LEDGERCTL DIRECTORY --state    one line an account: what must be equal
                                                          between two ledgers that posted the same
"""

import json
import subprocess
import sys
from decimal import Decimal


class Books:
    def __init__(self, program, directory):
        self.command = [program, "--dir", directory, "--json"]

    def ask(self, *arguments):
        run = subprocess.run(self.command + list(arguments), capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(f"ledgerctl {' '.join(arguments)}: {run.stderr.strip()}")
        return [json.loads(line) for line in run.stdout.splitlines()]

    def items(self, *arguments):
        return [item for page in self.ask(*arguments) for item in page["items"]]


def table(title, columns, rows):
    """Columns whose title begins with '>' are numbers, to the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    names = [column.lstrip(">") for column in columns]
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows)]
    print(f"\n{title}")
    for cells in [names, ["-" * width for width in widths]] + rows:
        print("  " + "  ".join(
            cell.rjust(width) if column.startswith(">") else cell.ljust(width)
            for cell, width, column in zip(cells, widths, columns)).rstrip())


def grouped(amount):
    return f"{Decimal(amount):,}"


def print_state(books):
    """Posted and buffered are left out: how often a window folds depends on when lines arrived."""
    for sum_ in books.items("trial"):
        print(sum_["book"], sum_["currency"], sum_["debits"], sum_["credits"], sum_["balanced"])
    for account in books.items("account", "list", "--all", "--limit", "10000"):
        balance = account["balance"]
        print(account["id"], account["code"], balance["total"], balance["held"])


def print_tables(books):
    accounts = books.items("account", "list", "--all", "--limit", "10000")
    by_name = {account["name"]: account for account in accounts}
    merchants = [account for account in accounts if account["code"].startswith("2202.")]
    merchants.sort(key=lambda account: -Decimal(account["balance"]["total"]))

    table("Trial balance (试算平衡)", ["book", "currency", ">debits", ">credits", ">accounts", "balanced"],
          [[s["book"], s["currency"], grouped(s["debits"]), grouped(s["credits"]), s["accounts"],
            "yes" if s["balanced"] else "NO"] for s in books.items("trial")])
    table("The house", ["account", "code", "kind", ">total"],
          [[a["name"], a["code"], a["kind"], grouped(a["balance"]["total"])]
           for a in accounts if not a["code"].startswith("2202.")]
          + [[f"{len(merchants)} merchants", "2202", "liability",
              f"{sum(Decimal(a['balance']['total']) for a in merchants):,}"]])
    table("Top merchants", ["merchant", "code", ">total", ">held", ">available"],
          [[a["name"], a["code"]] + [grouped(a["balance"][key]) for key in ("total", "held", "available")]
           for a in merchants[:8]])

    fees = by_name["Fees"]
    entries = books.items("entries", fees["id"], "--all", "--limit", "10000")
    lines = [e for e in entries if e["kind"] == "line"]
    folds = [e for e in entries if e["kind"] == "fold"]
    balance = fees["balance"]
    table("The hot account (热点账户): buffered lines, folded once a window",
          ["account", ">lines", ">folds", ">posted", ">in the buffer", ">total"],
          [["Fees", f"{len(lines):,}", len(folds), grouped(balance["posted"]),
            grouped(balance["buffered_credits"]), grouped(balance["total"])]])

    holds = [h for a in merchants if Decimal(a["balance"]["held"])
             for h in books.items("hold", "list", "--account", a["id"])]
    names = {account["id"]: account["name"] for account in accounts}
    table(f"Open holds (资金冻结): {len(holds)} payouts that the bank has not answered; the largest",
          ["reference", "merchant", ">remaining"],
          [[h["reference"], names[h["account"]], grouped(h["remaining"])] for h in
           sorted(holds, key=lambda hold: -Decimal(hold["remaining"]))[:5]])

    items = books.items("item", "list", by_name["Receipts nobody claimed"]["id"], "--all")
    table(f"Suspense (挂账): {len(items)} receipts nobody has claimed; the oldest",
          ["position", "opened at", ">remaining"],
          [[i["position"], i["instant"][:19] + "Z", grouped(i["remaining"])] for i in items[:5]])
    left = sum(Decimal(i["remaining"]) for i in items)
    total = Decimal(by_name["Receipts nobody claimed"]["balance"]["total"])
    print(f"\n  open items {left:,} = balance of the suspense account {total:,}: "
          f"{'yes' if left == total else 'NO'}")
    if left != total:
        raise SystemExit(1)


def main():
    books = Books(sys.argv[1], sys.argv[2])
    if sys.argv[3:] == ["--state"]:
        print_state(books)
    else:
        print_tables(books)


if __name__ == "__main__":
    main()
