#!/usr/bin/env python3
"""An independent monitor (旁路监控): re-derives a ledger from its change feed alone, and alarms.

    ledgerctl --dir BOOKS follow --json | examples/monitor/monitor.py
    examples/monitor/monitor.py --state FILE [FEED]      goes on where the last run came to

It shares no code with the engine: of each record it works out for itself what has to follow, and compares.

  the feed      positions without gap or repetition, instants that never go back
  vouchers      debits = credits per book and currency, red lines counted negative; lines on accounts of that book
                and currency; numbers without gap per book and book date
  balances      posted turnover, buffered and held amounts of each account after each entry, worked out of lines,
                folds and holds, against the balance after it that the feed tells
  holds         what remains after each capture and release; what expires, when and in which order
  relations     of accounts, groups, and parents with children: zero after each record, or when a day is closed
  digests       of certificates, from the balances of each closed day, and of snapshots cut at the newest position

At the first position that does not hold it prints that position with the reason and exits with 1. Amounts are whole
minor units, never floating point. Standard library only.
"""

import argparse
import datetime
import hashlib
import json
import os
import sys


class Alarm(Exception):
    """What does not hold."""


def demand(holds, what):
    if not holds:
        raise Alarm(what)


def instant_key(text):
    """Orders instants as printed: ISO 8601 in UTC, the fraction without trailing zeros."""
    seconds, _, fraction = text.rstrip("Z").partition(".")
    return seconds, fraction.ljust(9, "0")


def natural(account):
    """Balance on the normal side, buffered lines included."""
    net = account["debits"] - account["credits"]
    return net if account["normal_side"] == "debit" else -net


ALGORITHMS = {"BLAKE2b-512": hashlib.blake2b, "SHA-256": hashlib.sha256}  # others are passed over


def digests(book, date, position, balances):
    """By algorithm: of (id, debits, credits) of accounts in the order of opening, as docs/format.md has it."""
    days = datetime.date.fromisoformat(date).toordinal() - datetime.date(1970, 1, 1).toordinal() if date else -2**31
    data = bytearray(book.to_bytes(2, "little") + days.to_bytes(4, "little", signed=True)
                     + position.to_bytes(8, "little"))
    for identity, debits, credits in balances:
        data += int(identity, 16).to_bytes(16, "little")
        data += debits.to_bytes(32, "little", signed=True) + credits.to_bytes(32, "little", signed=True)
    return {name: algorithm(data).hexdigest() for name, algorithm in ALGORITHMS.items()}


NOTHING = {
    "position": 0, "instant": "", "vouchers": 0,
    "currencies": {},  # code: decimals
    "accounts": {},    # id: account, see on_open_account
    "holds": {},       # id of an open one: account, remaining, expires_at
    "numbers": {},     # "book/date": the last voucher number
    "relations": {},   # "relation 7" or "parent ID": see on_define_relation, add_child
    "dates": {},       # "book/date" of open dates: account: [debits, credits] of that date's lines
    "digests": {},     # "book/date" of the days closed last: what their certificates have to say
}


class Monitor:
    """One dictionary of plain values is all that it knows, so that it can be kept in a file."""

    def __init__(self, known):
        self.known = known
        self.begun_after = known["position"]

    # ---- amounts

    def minor(self, text, currency):
        decimals = self.known["currencies"].get(currency)
        demand(decimals is not None, f"currency {currency} was never defined")
        whole, _, fraction = text.partition(".")
        demand(len(fraction) == decimals and whole.lstrip("-").isdigit() and (fraction + "0").isdigit(),
               f"'{text}' is no amount of {currency}")
        return int(whole + fraction)

    # ---- one record

    def take(self, record):
        position = record["position"]
        if position <= self.begun_after:
            return  # delivered a second time, as can happen where a run was cut off
        demand(position == self.known["position"] + 1, f"the feed goes on after {self.known['position']}")
        demand(not self.known["instant"] or instant_key(record["instant"]) >= instant_key(self.known["instant"]),
               "its instant lies before that of the record before")
        self.record = record
        self.moved = {}  # relations that the record touched
        handler = getattr(self, "on_" + record["record"], None)
        if handler:
            handler()
        for entry in record["entries"]:
            self.entry(entry)
        if record["record"] == "voucher":
            self.end_voucher()
        if record["record"] == "close_day":
            self.end_day()
        for name, relation in self.moved.items():
            if not relation["at_day_close"]:
                demand(relation["value"] == 0, f"{name} is off by {relation['value']} minor units")
        self.known["position"] = position
        self.known["instant"] = record["instant"]

    def account(self, identity):
        account = self.known["accounts"].get(identity)
        demand(account is not None, f"account {identity} was never opened")
        return account

    # ---- definitions

    def on_define_currency(self):
        self.known["currencies"][self.record["code"]] = self.record["decimals"]

    def on_open_account(self):
        record = self.record
        account = {"book": record["book"], "currency": record["currency"], "code": record["code"],
                   "normal_side": record["normal_side"], "debits": 0, "credits": 0, "held": 0,
                   "closed": [0, 0], "buffered": {"debit": 0, "credit": 0, "lines": 0}, "relations": []}
        demand(record["id"] not in self.known["accounts"], f"account {record['id']} is opened a second time")
        self.known["accounts"][record["id"]] = account
        for name, relation in self.known["relations"].items():
            self.enrol(name, relation, record["id"], account)
        if "parent" in record:
            self.add_child(record["id"], account, record["parent"])

    def add_child(self, identity, account, parent_id):
        """The balance of a parent is the sum of its children."""
        name = f"parent {parent_id}"
        if name not in self.known["relations"]:
            parent = self.account(parent_id)
            self.known["relations"][name] = {"at_day_close": False, "value": -natural(parent), "terms": []}
            parent["relations"].append([name, -1])
        self.known["relations"][name]["value"] += natural(account)
        account["relations"].append([name, 1])
        self.moved[name] = self.known["relations"][name]

    def on_define_relation(self):
        name = f"relation {self.record['number']}"
        relation = {"at_day_close": self.record["at_day_close"], "value": 0, "terms": self.record["terms"]}
        self.known["relations"][name] = relation
        for identity, account in self.known["accounts"].items():
            self.enrol(name, relation, identity, account)
        self.moved[name] = relation

    def enrol(self, name, relation, identity, account):
        for term in relation["terms"]:
            if "account" in term:
                covers = term["account"] == identity
            else:
                covers = (account["code"].startswith(term["group"] + ".") and account["book"] == term["book"]
                          and account["currency"] == term["currency"])
            if covers:
                account["relations"].append([name, term["coefficient"]])
                relation["value"] += term["coefficient"] * natural(account)

    def end_day(self):
        for name, relation in self.known["relations"].items():
            books = [term["book"] if "book" in term else self.account(term["account"])["book"]
                     for term in relation["terms"]]
            if relation["at_day_close"] and self.record["book"] in books:
                demand(relation["value"] == 0, f"{name} is off by {relation['value']} minor units at day close")
        self.certify()

    # ---- digests

    def certify(self):
        """The day's balances are those by book date, which no later line can change."""
        book, date = self.record["book"], self.record["date"]
        for key in [key for key in self.known["dates"] if key.startswith(f"{book}/") and key <= f"{book}/{date}"]:
            for identity, sides in self.known["dates"].pop(key).items():
                closed = self.known["accounts"][identity]["closed"]
                closed[0] += sides[0]
                closed[1] += sides[1]
        balances = [(identity, *account["closed"]) for identity, account in self.known["accounts"].items()
                    if account["book"] == book]
        kept = self.known["digests"]
        kept[f"{book}/{date}"] = digests(book, date, self.record["position"], balances)
        while len(kept) > 64:  # a certificate comes soon, or never
            del kept[next(iter(kept))]

    def on_certificate(self):
        record = self.record
        expected = self.known["digests"].pop(f"{record['book']}/{record['date']}", {}).get(record["algorithm"])
        demand(expected in (None, record["digest"]), f"the certificate of {record['date']} is not of its balances")

    def on_snapshot(self):
        record = self.record
        if record["through"] != self.known["position"] or record["algorithm"] not in ALGORITHMS:
            return  # of a position that is past
        balances = [(identity, account["debits"], account["credits"])
                    for identity, account in self.known["accounts"].items()]
        demand(record["accounts"] == len(balances), f"snapshot '{record['name']}' is not of all accounts")
        expected = digests(0, None, record["through"], balances)[record["algorithm"]]
        demand(record["digest"] == expected, f"snapshot '{record['name']}' is not of the balances that are told")

    # ---- vouchers

    def on_voucher(self):
        record, sums = self.record, {}
        for line in record["lines"]:
            account = self.account(line["account"])
            demand(account["book"] == record["book"], f"account {line['account']} is of another book")
            demand(account["currency"] == line["currency"], f"account {line['account']} is of another currency")
            amount = self.minor(line["amount"], line["currency"])
            demand(amount > 0, f"a line of {line['amount']}")
            signed = amount if line["side"] == "debit" else -amount
            sums[line["currency"]] = (sums.get(line["currency"], 0)
                                      + (-signed if line.get("ink") == "red" else signed))
        for currency, off in sums.items():
            demand(off == 0, f"debits less credits in {currency} are {off} minor units")
        numbers, key = self.known["numbers"], f"{record['book']}/{record['book_date']}"
        demand(record["number"] == numbers.get(key, 0) + 1, f"its number is {record['number']}, that of the voucher "
               f"before in book and date {numbers.get(key, 0)}")
        numbers[key] = record["number"]
        self.lines_left = dict(enumerate(record["lines"]))
        self.captures_left = list(record.get("captures", []))
        self.known["vouchers"] += 1

    def end_voucher(self):
        demand(not self.lines_left, f"lines {sorted(self.lines_left)} reached no account")
        demand(not self.captures_left, "a capture reached no account")

    # ---- holds

    def on_place_hold(self):
        record = self.record
        account = self.account(record["account"])
        amount = self.minor(record["amount"], account["currency"])
        demand(record["id"] not in self.known["holds"], "the hold is placed a second time")
        self.known["holds"][record["id"]] = {"account": record["account"], "remaining": amount,
                                             "expires_at": record.get("expires_at", "")}

    def lower(self, identity, amount, remaining=None):
        hold = self.known["holds"].get(identity)
        demand(hold is not None, f"hold {identity} is not open")
        hold["remaining"] -= amount
        demand(hold["remaining"] >= 0, f"more was taken from hold {identity} than there was")
        demand(remaining is None or hold["remaining"] == remaining,
               f"{hold['remaining']} minor units remain of hold {identity}, not {remaining}")
        if hold["remaining"] == 0:
            del self.known["holds"][identity]

    def capture(self, identity, account, amount):
        """The account's entries of captures come in the order of the captures."""
        for capture in self.captures_left:
            hold = self.known["holds"].get(capture["hold"])
            if hold and hold["account"] == identity:
                currency = account["currency"]
                demand(amount == self.minor(capture["amount"], currency), "the entry is not of the capture's amount")
                self.lower(capture["hold"], amount, self.minor(capture["remaining"], currency))
                self.captures_left.remove(capture)
                return
        raise Alarm(f"account {identity} had a hold captured that the voucher does not name")

    def expire(self, identity, amount):
        now = instant_key(self.record["instant"])
        due = [(instant_key(hold["expires_at"]), name) for name, hold in self.known["holds"].items()
               if hold["account"] == identity and hold["expires_at"]]
        due = [pair for pair in due if pair[0] <= now]
        demand(due, f"a hold of account {identity} expired, but none is due")
        first = min(due)[1]
        demand(self.known["holds"][first]["remaining"] == amount, f"hold {first} expired with another remainder")
        self.lower(first, amount)

    # ---- entries

    def entry(self, entry):
        identity = entry["account"]
        account = self.account(identity)
        demand(entry["book"] == account["book"], f"account {identity} is of another book")
        before = natural(account)
        kind = entry["kind"]
        amount = self.minor(entry["amount"], account["currency"]) if "amount" in entry else 0
        if kind == "line":
            self.line(entry, account, amount)
        elif kind == "fold":
            self.fold(entry, account, amount)
        elif kind == "hold_placed":
            demand(self.record["record"] == "place_hold"
                   and amount == self.known["holds"][self.record["id"]]["remaining"], "it placed another amount")
            account["held"] += amount
        elif kind in ("hold_captured", "hold_released", "hold_expired"):
            account["held"] -= amount
            if kind == "hold_captured":
                self.capture(identity, account, amount)
            elif kind == "hold_released":
                demand(amount == self.minor(self.record["amount"], account["currency"]), "it released another amount")
                self.lower(self.record["hold"], amount, self.minor(self.record["remaining"], account["currency"]))
            else:
                self.expire(identity, amount)
        self.compare(identity, account, entry["balance"])
        for name, coefficient in account["relations"]:
            relation = self.known["relations"][name]
            relation["value"] += coefficient * (natural(account) - before)
            self.moved[name] = relation

    def line(self, entry, account, amount):
        line = self.lines_left.pop(entry["line"], None) if self.record["record"] == "voucher" else None
        demand(line is not None, f"account {entry['account']} got a line that the record does not have")
        same = all(line.get(key) == entry.get(key) for key in ("account", "side", "ink", "amount"))
        demand(same, f"line {entry['line']} reached account {entry['account']} as another one")
        change = -amount if entry.get("ink") == "red" else amount
        account["debits" if entry["side"] == "debit" else "credits"] += change
        of_date = self.known["dates"].setdefault(f"{account['book']}/{entry['book_date']}", {})
        of_date.setdefault(entry["account"], [0, 0])[0 if entry["side"] == "debit" else 1] += change
        if entry.get("buffered"):
            demand(entry["side"] == account["normal_side"] and change > 0, "an outflow was buffered")
            account["buffered"][entry["side"]] += change
            account["buffered"]["lines"] += 1

    def fold(self, entry, account, amount):
        buffered, folded = account["buffered"], entry["folded"]
        currency = account["currency"]
        demand(buffered["lines"] == folded["lines"]
               and buffered["debit"] == self.minor(folded["debits"], currency)
               and buffered["credit"] == self.minor(folded["credits"], currency)
               and amount == buffered["debit"] + buffered["credit"],
               f"the fold of account {entry['account']} is not the sum of its {buffered['lines']} buffered lines")
        account["buffered"] = {"debit": 0, "credit": 0, "lines": 0}

    def compare(self, identity, account, told):
        """What this monitor has worked out against what the feed tells."""
        buffered = account["buffered"]
        debits = account["debits"] - buffered["debit"]
        credits = account["credits"] - buffered["credit"]
        posted = debits - credits if account["normal_side"] == "debit" else credits - debits
        derived = {"debits": debits, "credits": credits, "buffered_debits": buffered["debit"],
                   "buffered_credits": buffered["credit"], "held": account["held"], "total": natural(account),
                   "posted": posted, "available": posted - account["held"]}
        demand(told["currency"] == account["currency"] and told["normal_side"] == account["normal_side"],
               f"account {identity} changed its currency or side")
        for name, value in derived.items():
            demand(self.minor(told[name], account["currency"]) == value,
                   f"'{name}' of account {identity} is told as {told[name]}, but its entries make {value} minor units")


def load(path):
    if path is None or not os.path.exists(path):
        return json.loads(json.dumps(NOTHING))
    with open(path, encoding="utf-8") as source:
        return json.load(source)


def save(path, known):
    with open(path + ".new", "w", encoding="utf-8") as target:
        json.dump(known, target)
        target.flush()
        os.fsync(target.fileno())
    os.replace(path + ".new", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("feed", nargs="?", help="a file of `ledgerctl follow --json`; default: standard input")
    parser.add_argument("--state", help="what is known so far; made where it is not there")
    arguments = parser.parse_args()
    monitor = Monitor(load(arguments.state))
    known = monitor.known
    with open(arguments.feed, encoding="utf-8") if arguments.feed else sys.stdin as source:
        for line in source:
            position = known["position"] + 1
            try:
                record = json.loads(line)
                position = record["position"]
                monitor.take(record)
            except Alarm as alarm:
                sys.exit(f"ALARM at position {position}: {alarm}")
            except (KeyError, TypeError, ValueError, AttributeError) as broken:
                sys.exit(f"ALARM at position {position}: this is no record of a feed: {broken!r}")
    if arguments.state:
        save(arguments.state, known)
    print(f"all holds up to position {known['position']}: {known['vouchers']} vouchers, "
          f"{len(known['accounts'])} accounts, {len(known['holds'])} open holds, "
          f"{len(known['relations'])} relations")


if __name__ == "__main__":
    main()
