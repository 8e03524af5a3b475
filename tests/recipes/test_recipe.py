"""A recipe that names too much or too little is found out."""

import unittest

import recipe

TEXT = "1. A line in `crates/a/src/b.rs`, as in `Column::ALL`.\n2. Each of `crates/a/src/words/`, and [API.md](API.md#columns).\n"
CHANGED = {"crates/a/src/b.rs", "crates/a/src/words/en.rs", "crates/a/src/words/fr.rs", "docs/API.md"}


class Recipe(unittest.TestCase):
    def problems(self, changed):
        return list(recipe.problems(TEXT, changed))

    def test_a_recipe_that_names_what_was_changed_is_true(self):
        self.assertEqual(self.problems(CHANGED), [])

    def test_a_file_that_is_not_named_is_found(self):
        self.assertEqual(self.problems(CHANGED | {"crates/c.rs"}), ["it does not name crates/c.rs, which its change needs"])

    def test_a_file_or_folder_that_is_not_changed_is_found(self):
        for left in "crates/a/src/b.rs", "docs/API.md":
            self.assertIn(left, self.problems(CHANGED - {left})[0])
        self.assertIn("words", self.problems({"crates/a/src/b.rs", "docs/API.md"})[0])

    def test_a_recipe_ends_at_its_mark(self):
        document = f"`x/y`\n<!-- recipe a -->\n{TEXT}<!-- end -->\n`z/z`\n"
        self.assertEqual(recipe.text_of(document, "a"), TEXT)
        self.assertEqual(recipe.names_in(document), ["a"])
        with self.assertRaises(LookupError):
            recipe.text_of(document, "b")


if __name__ == "__main__":
    unittest.main()
