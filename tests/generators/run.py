"""Runs the tests of this folder; `scripts/test` runs it.

    python run.py DESKLEDGER NODE_MODULES
"""

import os
import sys

from support.report import run_unittests


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    os.environ["DESKLEDGER"], os.environ["NODE_MODULES"] = map(os.path.abspath, sys.argv[1:])
    return run_unittests(os.path.dirname(os.path.abspath(__file__)), "generators", lambda _, test: test)


if __name__ == "__main__":
    sys.exit(main())
