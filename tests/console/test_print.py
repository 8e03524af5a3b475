"""What is printed: the rows that are loaded, all of them and none by half, without what can only be pressed."""

import unittest

from playwright.sync_api import expect

from console import Console
from support.program import PROJECT


class Printed(Console, unittest.TestCase):
    kind = "chromium"  # Paper is emulated in no other.

    def print(self):
        self.page.emulate_media(media="print")
        self.page.evaluate("dispatchEvent(new Event('beforeprint'))")

    def expect_nothing_to_press(self):
        expect(self.page.get_by_role("navigation")).to_have_count(0)
        expect(self.page.get_by_role("button")).to_have_count(0)
        expect(self.page.get_by_role("grid")).to_have_count(0)

    def test_connections_are_all_that_are_loaded_and_say_of_how_many(self):
        self.sign_in(t="..", tz="UTC")
        expect(self.rows.first).to_be_visible()
        self.expect_count(self.count())
        self.print()
        self.expect_nothing_to_press()
        table = self.page.get_by_role("table", name="").filter(has_text=self.headers["user_name"])
        expect(table.locator("tbody tr")).to_have_count(200)
        expect(self.page.get_by_text(f"The newest 200 of {self.count():,}.")).to_be_visible()
        # As wide as a page of A4.
        self.page.set_viewport_size({"width": 1030, "height": 700})
        self.assertEqual(self.page.evaluate("document.documentElement.scrollWidth"), 1030)
        self.page.emulate_media(media="screen")
        self.page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(self.rows.first).to_be_visible()
        expect(table).to_have_count(0)

    def test_few_connections_need_no_such_line(self):
        user = self.ask(f"/v2/{PROJECT}/connections/values?field=user_name&limit=1")["values"][0]
        self.sign_in(t="..", tz="UTC", user=user["value"])
        # The number may come before the rows, and what is printed is what is there.
        self.expect_count(user["count"])
        expect(self.rows.first).to_be_visible()
        self.print()
        expect(self.page.locator(".printed tbody tr")).to_have_count(user["count"])
        expect(self.page.locator(".printed")).to_contain_text(user["value"])
        expect(self.page.get_by_text("The newest")).to_have_count(0)

    def test_other_pages_are_their_tables(self):
        for path in "online", "audit", "exports", "access":
            self.sign_in(path=f"p/{PROJECT}/{path}") if path == "online" else self.open(f"p/{PROJECT}/{path}")
            expect(self.page.locator("main h1")).to_be_visible()
            self.page.emulate_media(media="print")
            with self.subTest(path):
                self.expect_nothing_to_press()
            self.page.emulate_media(media="screen")
