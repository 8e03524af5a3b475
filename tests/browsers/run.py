"""Runs the tests of this folder; `scripts/test` runs it."""

import argparse
import os
import shutil
import sys

from support.report import run_unittests

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deskledger", required=True, help="the program")
    parser.add_argument("--chromium", required=True, help="the one browser")
    parser.add_argument("--firefox", required=True, help="the other browser")
    parser.add_argument("names", nargs="*", help="what the names of the tests must hold; without any, all run")
    arguments = parser.parse_args()
    os.environ["DESKLEDGER"] = os.path.abspath(arguments.deskledger)
    for name in "chromium", "firefox":
        path = getattr(arguments, name)
        os.environ[name.upper()] = shutil.which(path) or parser.error(f"there is no {path}")
    return run_unittests(HERE, "browsers", holding=arguments.names)


if __name__ == "__main__":
    sys.exit(main())
