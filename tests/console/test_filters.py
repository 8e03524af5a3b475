"""What is shown is narrowed: by the keyboard alone, and by the histogram."""

import datetime
import re

from playwright.sync_api import expect

from console import Console, OnConnections, in_both_browsers
from support.program import PROJECT


@in_both_browsers
class ByKeyboard(OnConnections):
    def focused(self):
        return self.page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent.trim()")

    def choose(self, option):
        """Goes down to an option, and takes it."""
        expect(option).to_be_visible()
        for _ in range(20):
            if option.get_attribute("data-highlighted") is not None:
                break
            self.keys.press("ArrowDown")
        self.keys.press("Enter")

    def test_a_filter_is_chosen_from_suggestions_and_erased(self):
        counted = self.ask(f"/v2/{PROJECT}/connections/values?field=user_name&limit=1")["values"][0]
        user = counted["value"]
        self.keys.press("/")
        box = self.page.get_by_role("combobox")
        expect(box).to_be_focused()
        self.keys.type("usern")
        expect(self.page.get_by_role("option")).to_have_text([self.headers["user_name"], "Username begins with"])
        self.choose(self.page.get_by_role("option", name=self.headers["user_name"], exact=True))
        expect(box).to_have_attribute("placeholder", "Value")
        expect(box).to_be_focused()
        self.keys.type(user[:4])
        # With how often there are.
        self.choose(self.page.get_by_role("option").filter(has_text=user).filter(has_text=f"{counted['count']:,}"))
        self.wait_for_query(user=user)
        self.expect_count(counted["count"])
        self.wait_for_cells("user_name", user)
        chip = self.page.get_by_role("group", name=f"{self.headers['user_name']}: {user}")
        expect(chip).to_be_visible()
        # The focus is where the filter was added, next to the chip.
        self.assertEqual(self.focused(), "Add filter")
        self.keys.press("Shift+Tab")
        self.assertEqual(self.focused(), f"Remove the filter {self.headers['user_name']}")
        self.keys.press("Backspace")
        self.wait_for_query(user=None)
        expect(chip).to_have_count(0)
        self.expect_count(self.count())
        self.assertEqual(self.focused(), "Add filter")

    def test_a_value_that_nobody_suggests_is_taken_as_it_is_typed(self):
        self.keys.press("/")
        self.keys.type("network latency from")
        self.choose(self.page.get_by_role("option", name="Network latency from (ms)"))
        box = self.page.get_by_placeholder("Value")
        expect(box).to_be_focused()
        self.keys.type("120")
        self.keys.press("Enter")
        self.wait_for_query(min_network_rtt="120")
        self.expect_count(self.count(min_network_rtt=120))
        slow = [f"{one['network_rtt']:,}" for one in self.records(min_network_rtt=120)]
        self.wait_for_cells("network_rtt", *slow)
        # A chip is edited by the keyboard as well.
        self.keys.press("Shift+Tab")
        self.keys.press("Shift+Tab")
        self.keys.press("Enter")
        expect(box).to_have_value("120")
        expect(box).to_be_focused()
        self.keys.press("Control+a")
        self.keys.type("150")
        self.keys.press("Enter")
        self.wait_for_query(min_network_rtt="150")
        self.expect_count(self.count(min_network_rtt=150))

    def test_f_shows_failures_alone_and_all_again(self):
        failed = self.count(state="failed")
        self.assertGreater(failed, 0)
        self.keys.press("f")
        self.wait_for_query(state="failed")
        self.expect_count(failed)
        expect(self.page.get_by_role("button", name="Failed only")).to_have_attribute("aria-pressed", "true")
        self.keys.press("f")
        self.wait_for_query(state=None)
        self.expect_count(self.count())

    def test_t_chooses_a_time(self):
        self.keys.press("t")
        self.page.get_by_role("button", name="Last hour").wait_for()
        # Past the presets.
        until = self.page.get_by_label("From", exact=True)
        for _ in range(20):
            self.keys.press("Tab")
            if until.evaluate("(box) => box === document.activeElement"):
                break
        expect(until).to_have_value("")
        self.keys.press("Control+a")
        self.keys.type("noon")
        self.keys.press("Enter")
        expect(self.page.get_by_role("alert")).to_contain_text("“noon” is not a time")
        self.keys.press("Control+a")
        self.keys.type("-10d")
        self.keys.press("Enter")
        self.wait_for_query(t="-10d..")
        expect(until).to_have_count(0)
        expect(self.page.locator("main strong").first).to_have_text(re.compile(r"^[\d,]+ connections$"))
        shown = self.page.evaluate("(text) => Number(text.replace(/\\D/g, ''))", self.page.locator("main strong").first.text_content())
        self.assertLess(shown, self.count())
        # Letters that are typed are no shortcuts, and Escape closes what is open and no more.
        self.keys.press("t")
        self.page.get_by_role("button", name="Last hour").wait_for()
        self.keys.press("Escape")
        expect(self.page.get_by_role("button", name="Last hour")).to_have_count(0)
        self.wait_for_query(t="-10d..", state=None)

    def test_what_cannot_be_counted_is_said_and_is_not_counting_for_ever(self):
        self.open_connections(t="0100-01-01..9000-01-01")
        expect(self.page.get_by_role("alert")).to_contain_text("more than 400 buckets")
        expect(self.page.get_by_text("counting…")).to_have_count(0)
        expect(self.rows.first).to_be_visible()

    def test_enter_on_a_button_presses_it(self):
        self.page.get_by_role("button", name="Failed only").focus()
        self.keys.press("Enter")
        self.wait_for_query(state="failed", row=None)


@in_both_browsers
class Histogram(Console):
    def setUp(self):
        super().setUp()
        # A bar for each hour.
        self.sign_in(t="-9d..now", tz="Asia/Tokyo")
        self.plot = self.page.get_by_role("group", name="Connections over time")
        # It has its room before it has its bars.
        expect(self.page.locator("figure[aria-busy=false]")).to_be_visible()

    def said(self):
        """How many connections are in what is chosen now."""
        text = self.page.locator("figure [aria-live]").text_content()
        return int(re.search(r": ([\d,]+),", text)[1].replace(",", ""))

    def assert_narrowed(self, said):
        """There are as many as was said, and as many as the API finds in the time of the address."""
        self.page.wait_for_function("new URLSearchParams(location.search).get('t') !== '-9d..now'")
        self.expect_count(said)
        begin, end = self.moments("Asia/Tokyo")
        self.assertEqual(self.count(start_time=begin, end_time=end), said)
        self.page.go_back()
        self.wait_for_query(t="-9d..now")

    def test_the_table_behind_the_bars_is_there_and_takes_no_room(self):
        table = self.page.get_by_role("table", name="Connections over time")
        expect(table.get_by_role("row")).not_to_have_count(0)
        fits = "document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
        self.page.wait_for_function(fits)

    def test_dragging_narrows_the_time(self):
        box = self.plot.bounding_box()
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] * 0.3, middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
        self.page.mouse.move(box["x"] + box["width"] * 0.6, middle)
        said = self.said()
        self.assertGreater(said, 0)
        self.page.mouse.up()
        self.assert_narrowed(said)

    def test_the_keys_narrow_the_time(self):
        self.plot.focus()
        for key in ("End", "PageUp", "PageUp", *["Shift+ArrowLeft"] * 9, "Shift+ArrowRight"):
            self.page.keyboard.press(key)
        said = self.said()
        self.assertGreater(said, 0)
        self.page.keyboard.press("Enter")
        self.assert_narrowed(said)

    def test_at_its_ends_the_range_stays_as_it_is_written(self):
        # Within an hour, so that the first bar is cut off.
        begin = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=9)).strftime("%Y-%m-%dT%H:31")
        self.open_connections(t=f"{begin}..now", tz="UTC")
        whole = self.count(start_time=f"{begin}:00Z")
        self.expect_count(whole)
        self.plot.focus()
        for key in ("Home", *["Shift+PageDown"] * 3):
            self.page.keyboard.press(key)
        said = self.said()
        self.page.keyboard.press("Enter")
        self.page.wait_for_function("!new URLSearchParams(location.search).get('t').endsWith('..now')")
        self.assertEqual(self.query["t"].split("..")[0], begin)
        self.expect_count(said)
        self.page.go_back()
        self.wait_for_query(t=f"{begin}..now")
        # The bars are those of the narrower time until the others are there.
        self.expect_count(whole)
        self.plot.focus()
        for key in ("End", "Shift+PageUp", "Enter"):
            self.page.keyboard.press(key)
        self.page.wait_for_function("(begin) => !new URLSearchParams(location.search).get('t').startsWith(begin)", arg=begin)
        self.assertTrue(self.query["t"].endswith("..now"), self.query)
