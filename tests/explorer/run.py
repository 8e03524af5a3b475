"""Runs the tests of this folder and tells their outcomes as `cargo test` does, so that scripts/test counts them too."""

import argparse
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Result(unittest.TextTestResult):
    """Counts the tests that passed, and tells each by its name."""

    passed = 0

    def tell(self, test, outcome):
        # `test_browser.TheExplorer.test_…`, or `setUpClass (test_browser.TheExplorer)`.
        parts = test.id().split(".")
        name = "::".join([parts[0], parts[-1]]).replace("test_", "")
        print(f"test explorer::{name} ... {outcome}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.tell(test, "ok")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.tell(test, "FAILED")

    def addError(self, test, error):
        super().addError(test, error)
        self.tell(test, "FAILED")


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
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{name}*" for name in arguments.names] or None
    suite = loader.discover(HERE)
    result = unittest.TextTestRunner(resultclass=Result, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    outcome = "ok" if result.wasSuccessful() and result.passed else "FAILED"
    print(f"\ntest result: {outcome}. {result.passed} passed; {failed} failed; 0 ignored\n")
    return 0 if outcome == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
