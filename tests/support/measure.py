"""Runs a command and says how long it took and how much memory it had: `measure.py REPORT COMMAND…`.

A program of its own, and a small one: Linux counts towards a child's peak what its parent had when it was made.
"""

import json
import os
import sys
import time


def main(report, command):
    started = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - started
    with open(report, "w", encoding="utf-8") as file:
        # Linux counts in KiB.
        json.dump({"seconds": seconds, "peak_bytes": usage.ru_maxrss * 1024}, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    code = main(sys.argv[1], sys.argv[2:])
    sys.exit(code if code >= 0 else 128 - code)
