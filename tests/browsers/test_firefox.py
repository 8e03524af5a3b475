"""Downloads in Debian's Firefox."""

import os
import unittest

from downloads import Downloads
from drivers import Firefox


class InFirefox(Downloads, unittest.TestCase):
    @staticmethod
    def start(folder):
        return Firefox(os.environ["FIREFOX"], folder)


if __name__ == "__main__":
    unittest.main()
