"""The writer of test_beside_writer.py: posts until it is killed, and prints what was acknowledged.

    beside_writer.py DIRECTORY
"""

import sys

import ledger
from conftest import definitions, small_options


def main():
    writer = ledger.Ledger.open_or_create(sys.argv[1], small_options())
    for result in writer.post(definitions()):
        result.check()
    number = writer.stats().committed_through
    while True:
        number += 1
        record = ledger.Voucher(
            ledger.RecordId.of(f"payment {number}"),
            1,
            [ledger.debit("text:bank", 1), ledger.credit("text:shop", 1)],
        )
        print(writer.post(record).check().result.position, flush=True)


main()
