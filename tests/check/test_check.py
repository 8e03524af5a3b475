"""The checks find the faults that are planted here, and are silent without them."""

import contextlib
import os
import tempfile
import unittest
from pathlib import Path

import links
import msrv
import snapshots
import width


class InAFolder(unittest.TestCase):
    """A test with files of its own, which are named from their folder as from that of the workspace."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="deskledger-check-")
        self.addCleanup(folder.cleanup)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(contextlib.chdir(folder.name))

    def write(self, name, text):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class Width(InAFolder):
    def found(self, name, line):
        return len(list(width.problems(self.write(name, f"{line}\n"))))

    def test_a_comment_is_at_most_132_characters_wide(self):
        self.assertEqual(self.found("a.rs", "// " + "é" * 129), 0)
        self.assertEqual(self.found("a.rs", "    /// " + "é" * 125), 1)
        self.assertEqual(self.found("a.py", "# " + "é" * 131), 1)

    def test_code_and_addresses_are_as_wide_as_they_must_be(self):
        self.assertEqual(self.found("a.rs", 'let a = "' + "é" * 200), 0)
        self.assertEqual(self.found("a.rs", "// https://example.com/" + "a" * 200), 0)
        self.assertEqual(self.found("a", "#!" + "a" * 200), 0)


class Snapshots(InAFolder):
    HEAD = "---\nsource: src/tests.rs\nexpression: a\n---\nb\n"

    def setUp(self):
        super().setUp()
        self.write("src/tests.rs", 'fn the_text() { insta::assert_snapshot!(a) }\nassert_snapshot!(\n "named", b)')

    def test_a_snapshot_of_a_test_is_fine(self):
        for name in ("a__the_text.snap", "a__b__the_text-2.snap", "a__named.snap"):
            self.assertIsNone(snapshots.problem(self.write(f"src/snapshots/{name}", self.HEAD)))

    def test_a_snapshot_whose_test_or_source_is_gone_is_refused(self):
        self.assertIn("does not have", snapshots.problem(self.write("src/snapshots/a__the_tex.snap", self.HEAD)))
        gone = self.write("src/snapshots/a__the_text.snap", self.HEAD.replace("tests.rs", "gone.rs"))
        self.assertIn("missing", snapshots.problem(gone))

    def test_a_snapshot_that_nobody_accepted_is_refused(self):
        self.assertIn("accepted", snapshots.problem(self.write("src/snapshots/a__the_text.snap.new", self.HEAD)))

    def test_a_snapshot_that_no_test_compared_with_is_refused(self):
        used, left = (self.write(f"src/snapshots/{name}.snap", self.HEAD) for name in "ab")
        self.write("used", f"{os.path.abspath(used)}\n")
        with contextlib.redirect_stdout(None):
            self.assertEqual(snapshots.main(["--used", "used", str(used)]), 0)
            self.assertEqual(snapshots.main(["--used", "used", str(used), str(left)]), 1)


class RustVersion(unittest.TestCase):
    def metadata(self, needed):
        return {"packages": [
            {"name": "ours", "version": "0.1.0", "rust_version": "1.89", "source": None},
            {"name": "other", "version": "2.0.0", "rust_version": needed, "source": "registry"},
        ]}

    def test_a_dependency_that_needs_a_later_rust_is_named(self):
        [problem] = msrv.problems(self.metadata("1.90.0"))
        self.assertIn("other 2.0.0 needs Rust 1.90.0", problem)

    def test_a_dependency_that_needs_this_rust_or_says_nothing_is_fine(self):
        for needed in ("1.89.0", "1.89", "1.9", None):
            self.assertEqual(list(msrv.problems(self.metadata(needed))), [])


class Links(InAFolder):
    def test_a_link_that_leads_nowhere_is_named(self):
        self.write("b.md", "# A heading\n")
        path = self.write("a.md", "[fine](b.md#a-heading) [file](c.md) [heading](b.md#other)\n")
        self.assertEqual(len(list(links.problems(path))), 2)


if __name__ == "__main__":
    unittest.main()
