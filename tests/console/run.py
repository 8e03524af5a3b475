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
    parser.add_argument("--packages", help="the node_modules with what package.json names; without them, nothing is checked by axe-core")
    parser.add_argument("--pictures", help="a folder for pictures of the pages on which tests failed")
    parser.add_argument("--without", action="append", default=[], help="what the names of the tests must not hold; may be given again")
    parser.add_argument("names", nargs="*", help="what the names of the tests must hold, such as InFirefox; without any, all run")
    arguments = parser.parse_args()
    os.environ["DESKLEDGER"] = os.path.abspath(arguments.deskledger)
    for name in "chromium", "firefox":
        path = getattr(arguments, name)
        os.environ[name.upper()] = shutil.which(path) or parser.error(f"there is no {path}")
    if arguments.packages:
        os.environ["NODE_PACKAGES"] = os.path.abspath(arguments.packages)
    if arguments.pictures:
        os.environ["PICTURES"] = os.path.abspath(arguments.pictures)
    return run_unittests(HERE, "console", holding=arguments.names, without=arguments.without)


if __name__ == "__main__":
    sys.exit(main())
