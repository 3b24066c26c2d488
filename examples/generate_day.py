#!/usr/bin/env python3
"""Makes a payment company's day: what examples/demo.sh posts.

    examples/generate_day.py DIRECTORY [--seed N] [--payments N] [--merchants N]

The same seed gives the same bytes on every machine. Files:

    definitions.jsonl   currency, book, chart, accounts              ledgerctl post
    morning.csv         the card channel's file, two bad rows in it  ledgerctl import --map
    morning.map.json    what its columns mean
    day.jsonl           the rest of the day: WeChat Pay and Alipay payments, refunds, payouts by way of
                        holds, receipts nobody has claimed yet, some forged vouchers, settlement

Every payment credits the fee account: half of all vouchers meet on one very hot account, which is in
buffered posting (缓冲记账). Amounts are whole fen; the script keeps the merchants' balances itself, so
that what it calls a payout can be paid. Standard library only.
"""

import argparse
import csv
import json
import pathlib
import random

DAY = "2026-11-20"
CHANNELS = {"wechat": "WeChat Pay", "alipay": "Alipay", "card": "Bank cards"}
FEE_PER_MILLE = {"wechat": 6, "alipay": 6, "card": 8}
CHANNEL_COST_PER_MILLE = 2
TRADES = ["Noodles", "Books", "Fruit", "Tea", "Bicycles", "Flowers", "Shoes", "Lamps"]


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02}"


def line(side, account, fen, **more):
    return {"account": "text:" + account, "side": side, "amount": yuan(fen), **more}


def voucher(identity, order, summary, lines, **more):
    return {"id": "text:" + identity, "order": "text:" + order, "book": 1, "book_date": DAY,
            "summary": summary, "lines": lines, **more}


class Day:
    """Draws the day; `balance` is what a merchant has at the least, at any moment of it."""

    def __init__(self, seed, payments, merchants):
        self.random = random.Random(seed)
        self.payments = payments
        self.merchants = merchants
        self.balance = [0] * merchants
        self.owed = dict.fromkeys(CHANNELS, 0)
        self.paid = []  # (order, merchant, channel, gross) that can be refunded
        self.records = []
        self.count = 0

    # ---- what exists

    def definitions(self):
        def group(code, kind, name):
            return {"record": "define_group", "code": code, "kind": kind, "name": name}

        def account(identity, code, kind, name, **more):
            return {"record": "open_account", "id": "text:" + identity, "book": 1, "currency": "CNY",
                    "code": code, "kind": kind, "name": name, **more}

        yield {"record": "define_currency", "code": "CNY", "decimals": 2, "numeric": 156,
               "name": "Yuan Renminbi"}
        yield {"record": "define_book", "book": 1, "name": "Client money"}
        yield group("1122", "asset", "Owed by channels")
        yield group("2202", "liability", "Owed to merchants")
        yield account("bank", "1002", "asset", "Custody bank")
        for number, (channel, name) in enumerate(CHANNELS.items(), 1):
            yield account("channel:" + channel, f"1122.{number:02}", "asset", name)
        for merchant in range(self.merchants):
            trade = TRADES[merchant % len(TRADES)]
            yield account(f"merchant:{merchant}", f"2202.{merchant:04}", "liability",
                          f"{trade} No. {merchant}", minimum="0.00")
        yield account("suspense", "2241", "liability", "Receipts nobody claimed", open_items=True)
        yield account("fees", "6051", "income", "Fees", buffer_window="1s")
        yield account("channel-cost", "6421", "expense", "What channels charge")

    # ---- what happens

    def draw_payment(self, channel):
        # A few merchants have most of the trade.
        merchant = min(int(self.random.paretovariate(0.9)) - 1, self.merchants - 1)
        gross = max(100, int(self.random.lognormvariate(8.2, 1.1)))
        fee = (gross * FEE_PER_MILLE[channel] + 500) // 1000
        self.count += 1
        self.balance[merchant] += gross - fee
        self.owed[channel] += gross
        self.paid.append((f"order:{self.count}", merchant, channel, gross))
        return merchant, gross, fee

    def payment(self):
        channel = self.random.choice(["wechat", "wechat", "alipay"])
        merchant, gross, fee = self.draw_payment(channel)
        lines = [line("debit", "channel:" + channel, gross),
                 line("credit", f"merchant:{merchant}", gross - fee)]
        if fee:
            lines.append(line("credit", "fees", fee))
        return voucher(f"pay:{self.count}", f"order:{self.count}", "payment", lines)

    def refund(self):
        order, merchant, channel, gross = self.paid.pop(self.random.randrange(len(self.paid)))
        if self.balance[merchant] < gross:
            return None
        self.balance[merchant] -= gross
        self.owed[channel] -= gross
        return voucher("refund:" + order, order, "refund, the fee is kept",
                       [line("debit", f"merchant:{merchant}", gross),
                        line("credit", "channel:" + channel, gross)])

    def payout(self, number):
        """The instruction sets the money aside; some time later the bank says what became of it."""
        merchant = self.random.randrange(min(self.merchants, 40))
        fen = self.balance[merchant] * self.random.randint(30, 60) // 100
        if fen < 10_000:
            return None, None
        hold, order = f"hold:{number}", f"payout:{number}"
        self.balance[merchant] -= fen  # as good as gone: nothing else is drawn against it
        placed = {"group": [
            {"record": "place_hold", "id": "text:" + hold, "order": "text:" + order,
             "account": f"text:merchant:{merchant}", "amount": yuan(fen),
             "reference": f"payout {number}"},
            {"record": "register_entry", "id": "text:instruction:" + order, "order": "text:" + order,
             "type": 1, "payload": f"pay {yuan(fen)} to merchant {merchant}"}]}
        fate = self.random.random()
        if fate < 0.75:
            answer = voucher("paid:" + order, order, "payout",
                             [line("debit", f"merchant:{merchant}", fen),
                              line("credit", "bank", fen)],
                             captures=[{"hold": "text:" + hold, "amount": yuan(fen)}])
        elif fate < 0.9:
            # Its time of coming back is the ledger's; this script counts the money as gone all the same.
            answer = {"record": "release_hold", "id": "text:refused:" + order, "hold": "text:" + hold,
                      "order": "text:" + order}
        else:
            answer = None  # the bank has not answered when the day ends
        return placed, answer

    def unclaimed(self, number):
        fen = self.random.randrange(1_000, 5_000_000)
        receipt = voucher(f"receipt:{number}", f"receipt:{number}", "receipt without a name",
                          [line("debit", "bank", fen),
                           line("credit", "suspense", fen, opens=f"text:item:{number}")])
        if self.random.random() < 0.4:
            return receipt, None
        merchant = self.random.randrange(self.merchants)
        return receipt, voucher(f"claim:{number}", f"receipt:{number}", "receipt claimed",
                                [line("debit", "suspense", fen, clears=f"text:item:{number}"),
                                 line("credit", f"merchant:{merchant}", fen)])

    def forged(self, number):
        """More goes in than came out: refused, however often it is tried."""
        return voucher(f"forged:{number}", f"forged:{number}", "a forged claim",
                       [line("debit", "channel:wechat", 1),
                        line("credit", "merchant:0", 1_000_000)])

    def morning_rows(self):
        for number in range(self.payments // 3):
            merchant, gross, fee = self.draw_payment("card")
            yield {"no": number + 1, "order": self.count, "merchant": merchant,
                   "time": f"{8 + number * 4 // max(1, self.payments // 3):02}:{number % 60:02}:00",
                   "gross": yuan(gross), "fee": yuan(fee), "net": yuan(gross - fee)}

    def rest_of_day(self):
        later = []  # (when, record): answers of banks and claims
        payouts = unclaimed = forged = 0
        for turn in range(self.payments * 2 // 3):
            while later and later[0][0] <= turn:
                yield later.pop(0)[1]
            yield self.payment()
            dice = self.random.random()
            made = answer = None
            if dice < 0.02:
                made = self.refund()
            elif dice < 0.05:
                payouts += 1
                made, answer = self.payout(payouts)
            elif dice < 0.053:
                unclaimed += 1
                made, answer = self.unclaimed(unclaimed)
            elif dice < 0.0535:
                forged += 1
                made = self.forged(forged)
            if made:
                yield made
            if answer:
                later.append((turn + 20 + self.random.randrange(400), answer))
                later.sort(key=lambda pair: pair[0])
        for _, record in later:
            yield record
        for channel, fen in self.owed.items():
            cost = fen * CHANNEL_COST_PER_MILLE // 1000
            paid = fen * 9 // 10  # the rest comes tomorrow
            yield voucher("settle:" + channel, "settle:" + channel, "settlement by " + channel,
                          [line("debit", "bank", paid - cost), line("debit", "channel-cost", cost),
                           line("credit", "channel:" + channel, paid)])


MAPPING = {
    "accounts": {
        "merchant": {"id": "merchant:{merchant}"},
        "channel": {"id": "channel:card"},
        "fees": {"id": "fees"},
    },
    "id": {"prefix": "card:", "columns": ["no"]},
    "order": "order:{order}",
    "book": 1,
    "currency": "CNY",
    "book_date": {"value": DAY},
    "amount": {"value": "{gross}"},
    "amounts": {"net": {"value": "{net}"}, "fee": {"value": "{fee}"}},
    "summary": "card payment at {time}",
    "rules": [{
        "lines": [{"debit": "channel"}, {"credit": "merchant", "amount": "net"},
                  {"credit": "fees", "amount": "fee"}],
    }],
}


def write_lines(path, records):
    with path.open("w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_morning(path, rows):
    fields = ["no", "order", "merchant", "time", "gross", "fee", "net"]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fields, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
        bad = {"order": 0, "merchant": 1, "time": "12:00:00", "fee": "0.00", "net": "1.00"}
        writer.writerow({**bad, "no": "bad-1", "gross": "1,OO"})
        writer.writerow({**bad, "no": "bad-2", "merchant": "nobody", "gross": "1.00"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--payments", type=int, default=30_000)
    parser.add_argument("--merchants", type=int, default=300)
    arguments = parser.parse_args()
    if arguments.payments < 3 or not 40 <= arguments.merchants <= 10_000:
        parser.error("--payments is 3 or more, --merchants 40..10000")
    arguments.directory.mkdir(parents=True, exist_ok=True)
    day = Day(arguments.seed, arguments.payments, arguments.merchants)
    write_lines(arguments.directory / "definitions.jsonl", day.definitions())
    write_morning(arguments.directory / "morning.csv", day.morning_rows())
    (arguments.directory / "morning.map.json").write_text(
        json.dumps(MAPPING, indent=4) + "\n", encoding="utf-8")
    write_lines(arguments.directory / "day.jsonl", day.rest_of_day())


if __name__ == "__main__":
    main()
