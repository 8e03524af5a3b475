"""Users online: a number leads to the connections of exactly the users whom it counts, and what is a part is marked."""

import re

from playwright.sync_api import expect

from console import DAYS, Console, in_both_browsers
from support.program import PROJECT


@in_both_browsers
class UsersOnline(Console):
    def setUp(self):
        super().setUp()
        self.sign_in(path=f"p/{PROJECT}/online", t="yesterday..today", tz="UTC")
        self.lines = self.page.get_by_role("row").filter(has=self.page.get_by_role("rowheader"))
        expect(self.lines).to_have_count(24)

    def users_of_link(self, line):
        """Whom the connections are of that a line leads to, and how many failed."""
        line.get_by_role("link").click()
        expect(self.page.get_by_role("group", name=re.compile("^Open at: "))).to_be_visible()
        expect(self.page.locator("main strong").first).to_have_text(re.compile("connections?$"))
        words = self.page.locator("main").inner_text()
        return int(re.search(r"([\d,]+) users?\b", words)[1].replace(",", "")), int(re.search(r"([\d,]+) failed\b", words)[1])

    def count_of(self, line):
        return int(line.get_by_role("cell").first.inner_text().replace(",", ""))

    def test_an_hour_leads_to_the_connections_of_the_users_who_are_counted(self):
        busiest = max(range(24), key=lambda at: self.count_of(self.lines.nth(at)))
        line = self.lines.nth(busiest)
        count = self.count_of(line)
        self.assertEqual(self.users_of_link(line), (count, 0))
        self.page.go_back()
        expect(self.page.get_by_text(re.compile(f"Most users in one hour: {count}, from {busiest:02}:00 to "))).to_be_visible()

    def test_all_time_begins_with_the_first_record_and_a_part_of_a_day_is_marked(self):
        self.open(f"p/{PROJECT}/online", t="..", tz="UTC")
        first = min(record["connection_start_time"] for record in self.all_records())[:10]
        expect(self.lines.first).to_contain_text(first)
        self.assertGreaterEqual(self.lines.count(), DAYS)
        expect(self.lines.last).to_contain_text("until ")
        count = self.count_of(self.lines.first)
        self.assertEqual(self.users_of_link(self.lines.first), (count, 0))

    def test_days_at_the_ends_are_parts_and_lead_to_no_more_than_is_counted(self):
        self.open(f"p/{PROJECT}/online", t="now-7d..now", tz="UTC")
        expect(self.lines).to_have_count(8)
        expect(self.lines.first).to_contain_text(re.compile(r"from \d\d:\d\d on"))
        expect(self.lines.nth(1)).not_to_contain_text(re.compile("from|until"))
        count = self.count_of(self.lines.first)
        self.assertEqual(self.users_of_link(self.lines.first), (count, 0))

    def test_more_days_than_are_counted_at_once_are_named(self):
        self.open(f"p/{PROJECT}/online", t="now-3y..now", tz="UTC")
        expect(self.lines).to_have_count(366)
        expect(self.page.get_by_text("At most 366 days are counted at once")).to_be_visible()

    def all_records(self):
        records, marker = [], None
        while True:
            page = self.ask(f"/v2/{PROJECT}/connections/desktops?limit=1000" + (f"&marker={marker}" if marker else ""))
            records += page["records"]
            marker = page.get("next_marker")
            if not marker:
                return records
