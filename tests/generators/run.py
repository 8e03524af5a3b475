"""Runs the tests of this folder and reports their outcomes as `cargo test` does, so that scripts/test counts them too.

    python run.py DESKLEDGER NODE_MODULES
"""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Result(unittest.TextTestResult):
    """Counts the tests that passed, and reports each by its name."""

    passed = 0

    def report(self, test, outcome):
        name = test.id().rsplit(".", 1)[-1].removeprefix("test_")
        print(f"test generators::{name} ... {outcome}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.report(test, "ok")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.report(test, "FAILED")

    def addError(self, test, error):
        super().addError(test, error)
        self.report(test, "FAILED")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    os.environ["DESKLEDGER"], os.environ["NODE_MODULES"] = map(os.path.abspath, sys.argv[1:])
    suite = unittest.defaultTestLoader.discover(HERE)
    result = unittest.TextTestRunner(resultclass=Result, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    outcome = "ok" if result.wasSuccessful() and result.passed else "FAILED"
    print(f"\ntest result: {outcome}. {result.passed} passed; {failed} failed; 0 ignored\n")
    return 0 if outcome == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
