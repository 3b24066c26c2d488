#!/usr/bin/env python3
"""Feeds `ledgerctl --json post -` from a file and kills it with SIGKILL when it has told of so many
accepted records.

    examples/kill_midway.py FILE RECORDS COMMAND ARGUMENT...

Fails where the command ends by itself: then nothing was interrupted.
"""

import signal
import subprocess
import sys
import threading


def feed(path, pipe):
    try:
        with open(path, "rb") as source:
            while piece := source.read(1 << 16):
                pipe.write(piece)
        pipe.close()
    except BrokenPipeError:
        pass  # it was killed, as planned


def main():
    path, enough, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    feeder = threading.Thread(target=feed, args=(path, child.stdin), daemon=True)
    feeder.start()
    accepted = 0
    for line in child.stdout:
        accepted += b'"outcome":"accepted"' in line
        if accepted == enough:
            child.send_signal(signal.SIGKILL)
    if child.wait() != -signal.SIGKILL:
        raise SystemExit(f"{command[0]} ended with {child.returncode} after {accepted} records, "
                         "before it could be killed")
    print(f"killed with -9 after {accepted} records had been acknowledged")


if __name__ == "__main__":
    main()
