"""What is refused of an address is said beside what it is about; and what a failure is, in the details."""

import re

from playwright.sync_api import expect

from console import Console, in_both_browsers
from support.program import PROJECT


@in_both_browsers
class Mistakes(Console):
    def test_a_value_that_the_service_refuses_is_marked_where_it_stands(self):
        self.sign_in(min_network_rtt="much")
        alert = self.page.get_by_role("alert")
        expect(alert).to_have_count(1)
        expect(alert).to_contain_text("Network latency from (ms): min_network_rtt")
        # Without it there is no mistake any more; the key of the backspace takes it away.
        self.page.get_by_role("button", name="Network latency from (ms)").first.focus()
        self.page.keyboard.press("Backspace")
        expect(self.rows.first).to_be_visible()
        expect(alert).to_have_count(0)

    def test_a_time_that_cannot_be_read_is_named_and_the_default_stands_for_it(self):
        for page in "connections", "online", "audit":
            with self.subTest(page):
                if page == "connections":
                    self.sign_in(t="soon..now")
                else:
                    self.open(f"p/{PROJECT}/{page}", t="soon..now")
                expect(self.page.get_by_role("alert")).to_contain_text("“soon” is not a time")
                expect(self.page.get_by_role("button", name="Last 30 days" if page == "audit" else "Last 7 days")).to_be_visible()


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
        self.page.keyboard.press("ArrowDown")
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
