"""Downloads in Debian's Chromium."""

import os
import unittest

from downloads import Downloads
from drivers import Chromium


class InChromium(Downloads, unittest.TestCase):
    @staticmethod
    def start(folder):
        return Chromium(os.environ["CHROMIUM"], folder)


if __name__ == "__main__":
    unittest.main()
