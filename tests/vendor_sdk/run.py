"""Runs the tests of this folder and tells of them as `cargo test` does; `scripts/test` runs it.

The program that is tested is the first argument, the command line of `deskledger`.
"""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Result(unittest.TestResult):
    """One line for each test, in the form that `scripts/test` counts."""

    passed = 0

    def _tell(self, test, outcome, reason=None):
        module, _, name = test.id().rpartition(".")
        module = module.split(".")[0].removeprefix("test_")
        # All of them run on the embedded database.
        print(f"test {module}::sqlite::{name.removeprefix('test_')} ... {outcome}", flush=True)
        if reason:
            print(f"  {reason}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self._tell(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._tell(test, "FAILED", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._tell(test, "FAILED", self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._tell(test, "ignored", f"not run: {reason}")


def main():
    os.environ["DESKLEDGER_TEST_PROGRAM"] = os.path.abspath(sys.argv[1])
    result = Result()
    unittest.defaultTestLoader.discover(HERE).run(result)
    failed = len(result.failures) + len(result.errors)
    outcome = "FAILED" if failed else "ok"
    print(f"\ntest result: {outcome}. {result.passed} passed; {failed} failed; {len(result.skipped)} ignored\n")
    return 1 if failed or not result.passed else 0


if __name__ == "__main__":
    sys.exit(main())
