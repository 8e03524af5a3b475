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
    parser.add_argument("--chromium", required=True, help="the browser")
    parser.add_argument("--screenshots", help="a folder for a picture of the page")
    parser.add_argument("names", nargs="*", help="what the names of the tests must hold; without any, all run")
    arguments = parser.parse_args()
    os.environ["DESKLEDGER"] = os.path.abspath(arguments.deskledger)
    os.environ["CHROMIUM"] = shutil.which(arguments.chromium) or parser.error(f"there is no {arguments.chromium}")
    if arguments.screenshots:
        os.environ["SCREENSHOTS"] = os.path.abspath(arguments.screenshots)
    return run_unittests(HERE, "explorer", holding=arguments.names)


if __name__ == "__main__":
    sys.exit(main())
