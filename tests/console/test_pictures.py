"""The pictures of the documents can be taken from the console as it is now. What they show is not compared."""

import glob
import os
import tempfile
import unittest

import pictures

IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/images")
MOST_BYTES = 150_000


def names(folder):
    return sorted(os.path.basename(path) for path in glob.glob(os.path.join(folder, "console-*.png")))


class Pictures(unittest.TestCase):
    def test_those_that_are_kept_can_be_taken_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            pictures.take(folder)
            self.assertEqual(names(folder), names(IMAGES))

    def test_they_are_small(self):
        self.assertEqual([name for name in names(IMAGES) if os.path.getsize(os.path.join(IMAGES, name)) > MOST_BYTES], [])
