"""The console below a path that a proxy puts before it."""

import urllib.parse

from playwright.sync_api import expect

from console import Console, TOKEN, in_both_browsers
from proxy import below
from support.program import PROJECT


@in_both_browsers
class BelowAPath(Console):
    def setUp(self):
        super().setUp()
        self.url = self.enterContext(below(self.service.url, "/desks/ledger"))
        self.hosts = {urllib.parse.urlsplit(self.url).netloc}

    def test_every_way_stays_below_the_path(self):
        self.page.goto(f"{self.url}/")
        self.page.get_by_label("Token").fill(TOKEN)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}/console/p/{PROJECT}/connections")
        expect(self.rows.first).to_be_visible()
        self.page.get_by_role("button", name="Failed only").click()
        self.wait_for_query(state="failed")
        self.rows.first.click()
        expect(self.page.get_by_role("complementary")).to_be_visible()
        self.page.reload()
        expect(self.page.get_by_role("complementary")).to_be_visible()
        for name in ("Exports", "Users online", "Audit", "Access", "Connections"):
            self.page.get_by_role("link", name=name, exact=True).click()
            expect(self.page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
            self.assertTrue(self.page.url.startswith(f"{self.url}/console/p/{PROJECT}/"), self.page.url)
        self.page.get_by_role("button", name="Export…").click()
        with self.page.expect_download() as download:
            self.page.get_by_role("dialog").get_by_role("button", name="Download now").click()
        self.assertTrue(download.value.suggested_filename.endswith(".xlsx"), download.value.suggested_filename)
        self.page.get_by_role("button", name="Signed in as ann").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_label("Token")).to_be_visible()
        self.assertTrue(self.page.url.startswith(f"{self.url}/console/sign-in"), self.page.url)
