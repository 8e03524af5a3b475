"""Runs the tests of this folder; `scripts/test` runs it.

    python run.py DESKLEDGER
"""

import os
import sys

from support.report import run_unittests


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.environ["DESKLEDGER"] = os.path.abspath(sys.argv[1])
    # All of them run on the embedded database, by which scripts/test counts.
    return run_unittests(os.path.dirname(os.path.abspath(__file__)), "clients", lambda module, test: f"{module}::sqlite::{test}")


if __name__ == "__main__":
    sys.exit(main())
