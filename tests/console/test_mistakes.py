"""What is refused of an address is said beside what it is about; and what a failure is, in the details."""

import re

from playwright.sync_api import expect

from console import Console, in_both_browsers
from support.program import PROJECT


@in_both_browsers
class Mistakes(Console):
    def test_a_value_that_is_refused_is_marked_where_it_stands(self):
        self.sign_in(min_network_rtt="much")
        alert = self.page.get_by_role("alert")
        expect(alert).to_have_count(1)
        expect(alert).to_contain_text("Network latency from (ms) · “much” is not a number of milliseconds")
        # Without it there is no mistake any more; the key of the backspace takes it away.
        self.page.get_by_role("button", name="Network latency from (ms)").first.focus()
        self.page.keyboard.press("Backspace")
        expect(self.rows.first).to_be_visible()
        expect(alert).to_have_count(0)

    def test_a_time_that_cannot_be_read_is_named_and_the_default_stands_for_it_where_nothing_is_exported(self):
        self.sign_in(path=f"p/{PROJECT}/online", t="soon..now")
        for page, default in ("online", "Last 7 days"), ("audit", "Last 30 days"):
            with self.subTest(page):
                self.open(f"p/{PROJECT}/{page}", t="soon..now")
                expect(self.page.get_by_role("alert")).to_contain_text("“soon” is not a time")
                expect(self.page.get_by_role("button", name=default)).to_be_visible()

    def test_an_address_that_is_mistyped_shows_counts_and_exports_nothing(self):
        self.sign_in(t="..")
        expect(self.rows.first).to_be_visible()
        alert = self.page.get_by_role("alert")
        for query, said in (
            ({"t": "garbage"}, "“garbage” is not a time"),
            ({"t": "soon..now"}, "“soon” is not a time"),
            ({"t": "2026-11-20..2026-11-10"}, "The end must be after the start."),
            ({"tz": "Mars/Base"}, "“Mars/Base” in the address is not a time zone"),
            ({"usr": "foo"}, "The address has “usr”, which is no filter of this page."),
            ({"user_name": "ann"}, "The address has “user_name”"),
            ({"state": "broken"}, "“broken” is not one of the values: Failed, Open, Ended."),
            ({"min_duration": "2h", "max_duration": "1h"}, "Nothing is at least 2:00:00 and at most 1:00:00."),
            ({"terminal_ip": "999.1.1.1"}, "“999.1.1.1” is not an address"),
        ):
            with self.subTest(query):
                self.asked.clear()
                self.open_connections(**query)
                expect(alert.filter(has_text=said)).to_be_visible()
                expect(self.page.get_by_text("Correct what is marked above.")).to_be_visible()
                expect(self.page.get_by_role("button", name="Export…")).to_be_disabled()
                expect(self.page.get_by_role("figure")).to_have_count(0)
                self.assertEqual([url for url in self.asked if "/connections/desktops" in url or "/histogram" in url], [])
                self.page.keyboard.press("e")
                expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.open_connections(t="..", usr="foo")
        alert.get_by_role("button", name="Remove it").click()
        self.wait_for_query(usr=None, t="..")
        self.expect_count(self.count())

    def test_what_failed_leaves_nothing_of_the_filter_before(self):
        self.sign_in(t="..")
        self.expect_count(self.count())
        figure = self.page.get_by_role("figure")
        expect(figure).to_be_visible()
        self.allowed.append("Failed to load resource|NetworkError|Fetch API")
        self.page.route("**/v2/**", lambda route: route.abort())
        self.page.keyboard.press("f")
        self.wait_for_query(state="failed")
        expect(self.page.get_by_role("alert").filter(has_text="The service does not answer")).to_be_visible()
        expect(figure).to_have_count(0)
        expect(self.page.locator("main strong").filter(has_text="connection")).to_have_count(0)


@in_both_browsers
class Failures(Console):
    def test_the_code_of_a_failure_is_shown_and_leads_to_all_with_it(self):
        self.sign_in(state="failed", t="..")
        self.rows.first.click()
        details = self.page.get_by_role("complementary")
        code = re.search(r"Code (\d+)", details.inner_text())[1]
        details.get_by_role("button", name="All with this code").click()
        self.wait_for_query(failure_reason=code)
        expect(self.rows.first).to_contain_text(re.compile(r"\w"))
        found = self.records(failure_reason=code, limit=1)
        self.assertTrue(found[0]["connection_failure_reason"].startswith(code))

    def test_the_causes_of_failures_are_suggested_with_their_counts(self):
        self.sign_in(t="..")
        self.page.keyboard.press("/")
        self.page.get_by_role("combobox").fill("failure")
        self.page.keyboard.press("Enter")
        options = self.page.get_by_role("option")
        expect(options.first).to_contain_text(re.compile(r"\d"))

    def test_the_zone_of_a_file_is_that_of_the_screen_until_another_is_chosen(self):
        self.sign_in(t="2020-01-01..2030-01-01", tz="Asia/Shanghai")
        self.page.keyboard.press("e")
        dialog = self.page.get_by_role("dialog")
        expect(dialog.get_by_label("Time zone")).to_have_value("Asia/Shanghai")
        expect(dialog).to_contain_text("2020-01-01 – 2029-12-31 (Asia/Shanghai)")
        dialog.get_by_label("Time zone").select_option("UTC")
        expect(dialog).to_contain_text("(UTC)")
