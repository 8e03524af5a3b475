"""More walks through every page and state: with other windows, languages and themes, in one browser. They take minutes, so
`.ci/weekly` runs them."""

import unittest

from test_tour import NARROW, WIDE, Walk

MEDIUM = {"width": 900, "height": 900}
# What is left of a window of 1440×900 at 200 %.
ENLARGED = {"width": 720, "height": 450}


class MoreLooks(Walk, unittest.TestCase):
    kind = "chromium"

    def test_every_state_in_dark(self):
        self.walk(WIDE, "en_US", "dark")

    def test_every_state_in_arabic(self):
        self.walk(WIDE, "ar_SA", "light")

    def test_every_state_in_a_narrow_window(self):
        self.walk(NARROW)

    def test_every_state_in_german_in_a_medium_window(self):
        self.walk(MEDIUM, "de_DE", "dark")

    def test_nothing_is_lost_at_200_percent(self):
        self.walk(ENLARGED, "fr_FR")
