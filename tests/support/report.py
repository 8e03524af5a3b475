"""Outcomes in the form of `cargo test`, so that scripts/test counts them too."""

import unittest


class Report:
    """Prints a line for each test when it has ended, and the closing line."""

    def __init__(self, suite):
        self.suite = suite
        self.passed = self.failed = self.skipped = 0

    def add(self, name, outcome, detail=None):
        """The outcome of a test is `ok`, `FAILED` or `ignored`; a detail follows on lines of its own."""
        self.passed += outcome == "ok"
        self.failed += outcome == "FAILED"
        self.skipped += outcome == "ignored"
        print(f"test {self.suite}::{name} ... {outcome}", flush=True)
        if detail:
            print(f"  {detail}", flush=True)

    def end(self):
        """Prints the closing line, and returns the exit code: not 0 if a test failed or none passed."""
        outcome = "ok" if self.passed and not self.failed else "FAILED"
        print(f"\ntest result: {outcome}. {self.passed} passed; {self.failed} failed; {self.skipped} ignored\n", flush=True)
        return 0 if outcome == "ok" else 1


class _Result(unittest.TestResult):
    def __init__(self, report, name):
        super().__init__()
        self._report, self._name = report, name

    def _add(self, test, outcome, detail=None):
        # `test_browser.TheExplorer.test_it_opens`, or `setUpClass (test_browser.TheExplorer)`.
        module, _, test_name = test.id().rpartition(".")
        plain = [part.removeprefix("test_") for part in (module.split(".")[0], test_name)]
        self._report.add(self._name(*plain), outcome, detail)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add(test, "FAILED", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._add(test, "FAILED", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            failed = self.failures if issubclass(err[0], test.failureException) else self.errors
            self._add(test, "FAILED", failed[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "ignored", f"not run: {reason}")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._add(test, "ok")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._add(test, "FAILED", "it was expected to fail")


def _each(tests):
    """The tests of a suite, and of those in it."""
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from _each(test)
        else:
            yield test


def run_unittests(folder, suite, name=lambda module, test: f"{module}::{test}", holding=(), without=()):
    """Runs the tests of a folder whose names hold one of the texts of `holding`, if there are any, and none of `without`. Returns
    the exit code.

    `name` makes the name that is reported from those of the module and of the test.
    """
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{text}*" for text in holding] or None
    report = Report(suite)
    found = _each(loader.discover(folder))
    wanted = (test for test in found if not any(text in test.id() for text in without))
    unittest.TestSuite(wanted).run(_Result(report, name))
    return report.end()
