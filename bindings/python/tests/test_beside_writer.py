"""A script reads while another process posts and is killed: it sees everything acknowledged, once."""

import pathlib
import signal
import subprocess
import sys

import ledger

HERE = pathlib.Path(__file__).resolve().parent


def start(directory):
    return subprocess.Popen(
        [sys.executable, HERE / "beside_writer.py", directory], stdout=subprocess.PIPE, text=True
    )


def test_reading_while_a_writer_is_killed(tmp_path):
    writer = start(tmp_path / "books")
    acknowledged = int(writer.stdout.readline())
    seen, total = 0, 0
    with ledger.Reader(tmp_path / "books") as reader:
        for round in range(3):
            for _ in range(100):
                acknowledged = int(writer.stdout.readline())
            reader.refresh()
            with reader.view() as view:
                assert view.position >= acknowledged
                new = view.lines_table(1, since=seen)
                positions = set(new["position"].tolist())
                total += len(positions)
                assert view.balance("text:shop").total == total
                seen = view.position
            if round == 1:
                writer.send_signal(signal.SIGKILL)
                rest = writer.stdout.read().split("\n")[:-1]
                writer.wait()
                acknowledged = max([acknowledged, *map(int, rest)])
                reader.refresh()
                with reader.view() as view:
                    assert view.position >= acknowledged
                writer = start(tmp_path / "books")
                assert int(writer.stdout.readline()) > acknowledged
        writer.kill()
        writer.wait()
        writer.stdout.close()
        reader.refresh()
        with reader.view() as view, reader.follow(0) as feed:
            positions = [record.position for record in feed]
            assert positions[: view.position] == list(range(1, view.position + 1))
            vouchers = len(list(ledger.voucher_journal(view, 1, ledger.Range())))
            assert view.balance("text:shop").total == vouchers
