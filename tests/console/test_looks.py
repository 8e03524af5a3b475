"""How pages look, where it can be said in numbers: what is cut off, what stays, what lines up, and what a browser says of it."""

import re

from playwright.sync_api import expect

from console import ALL, Console, OnConnections, in_both_browsers
from support.program import PROJECT

# What is wider than its own box and cannot be scrolled, and words that are broken within a table.
CUT_OFF = """() => {
  const found = [];
  for (const one of document.querySelectorAll("main :is(td, th, button, a)")) {
    const box = one.getBoundingClientRect();
    if (box.width === 0 || one.closest(".visually-hidden")) continue;
    if (box.left < -1 || box.right > document.documentElement.clientWidth + 1) found.push(one.textContent.trim());
    if (one.matches("button, a") && box.height > 44) found.push(one.textContent.trim());
  }
  for (const one of document.querySelectorAll("main td bdi.name")) {
    const range = document.createRange();
    range.selectNodeContents(one);
    if (one.textContent.length < 9 && range.getClientRects().length > 1) found.push(one.textContent);
  }
  return found;
}"""


@in_both_browsers
class Tables(Console):
    def test_nothing_of_the_other_tables_is_cut_off_or_broken_at_any_width(self):
        self.context, self.page = self.new_page(locale="de-DE")
        self.sign_in(path=f"p/{PROJECT}/audit")
        self.ask(f"/v3/{PROJECT}/desktops/connections/export?start_time=2026-01-01&state=failed&user_name=somebody&format=csv")
        for width in 780, 861, 900, 1024, 1110, 1440:
            self.page.set_viewport_size({"width": width, "height": 900})
            for path in "audit", "access", "exports":
                self.open(f"p/{PROJECT}/{path}")
                expect(self.page.locator("tbody tr").first).to_be_visible()
                with self.subTest(f"{path} at {width}"):
                    self.assertEqual(self.page.evaluate(CUT_OFF), [])


@in_both_browsers
class TheTable(OnConnections):
    def setUp(self):
        super().setUp()
        self.grid = self.page.get_by_role("grid")

    def left_of(self, locator):
        return locator.evaluate("(one) => one.getBoundingClientRect().left")

    def test_the_first_column_stays_as_the_others_move_sideways(self):
        row = self.rows.nth(3)
        first, second = row.get_by_role("gridcell").nth(0), row.get_by_role("gridcell").nth(1)
        before = self.left_of(first), self.left_of(second)
        self.page.set_viewport_size({"width": 1000, "height": 800})
        self.grid.evaluate("(grid) => { grid.scrollLeft = 200; }")
        self.page.wait_for_function("document.querySelector('[role=grid]').scrollLeft === 200")
        self.assertAlmostEqual(self.left_of(first), before[0], delta=1)
        self.assertAlmostEqual(self.left_of(second), before[1] - 200, delta=1)
        head = self.grid.get_by_role("columnheader").first
        self.assertAlmostEqual(self.left_of(head), before[0], delta=1)

    def test_what_is_cut_off_is_said_by_a_title_and_what_is_not_has_none(self):
        cells = self.page.locator("[role=gridcell][aria-colindex='2']")
        texts = cells.all_text_contents()
        short = min(range(len(texts)), key=lambda at: len(texts[at]) or 99)
        cells.nth(short).hover()
        expect(cells.nth(short)).not_to_have_attribute("title", re.compile("."))
        handle = self.grid.get_by_role("columnheader").nth(1).locator(".handle").bounding_box()
        x, y = handle["x"] + 4, handle["y"] + 8
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x - 130, y)
        self.page.mouse.up()
        long = max(range(min(8, len(texts))), key=lambda at: len(texts[at]))
        cells.nth(long).hover()
        expect(cells.nth(long)).to_have_attribute("title", texts[long].strip())

    def test_the_order_is_said(self):
        expect(self.grid.get_by_role("columnheader").first).to_have_attribute("aria-sort", "descending")
        expect(self.grid.get_by_role("columnheader").nth(1)).to_have_attribute("title", re.compile("The newest connections come first"))

    def test_the_chart_has_dates_and_says_that_it_can_be_dragged(self):
        expect(self.page.get_by_text("Drag over the bars to narrow the time.")).to_be_visible()
        self.assertGreater(self.page.locator(".ticks span").count(), 4)


@in_both_browsers
class Arabic(Console):
    def setUp(self):
        super().setUp()
        self.context, self.page = self.new_page(locale="ar-SA")
        self.sign_in(t=ALL, tz="UTC")
        expect(self.rows.first).to_be_visible()

    def test_values_stand_below_their_headers_and_digits_line_up(self):
        script = """() => {
          const right = (one) => { const range = document.createRange(); range.selectNodeContents(one); return range.getBoundingClientRect().right; };
          const heads = [...document.querySelectorAll("[role=columnheader] > span:first-child")].map(right);
          return [...document.querySelectorAll("[role=rowgroup] [role=row]")].slice(0, 5).flatMap((row) => [...row.children].map((cell, at) =>
            cell.textContent.trim() && cell.firstElementChild.scrollWidth <= cell.firstElementChild.clientWidth ? Math.abs(right(cell.firstElementChild) - heads[at]) : 0));
        }"""
        self.assertLess(max(self.page.evaluate(script)), 3)

    def test_time_goes_from_right_to_left_in_the_chart_as_in_arrows_and_calendar(self):
        ticks = self.page.locator(".ticks span")
        expect(ticks.nth(2)).to_be_visible()
        first, second = (ticks.nth(at).bounding_box()["x"] for at in (0, 1))
        self.assertGreater(first, second)
        plot = self.page.locator("figure[aria-busy=false] svg").bounding_box()
        self.page.mouse.move(plot["x"] + plot["width"] - 40, plot["y"] + 40)
        self.page.mouse.down()
        self.page.mouse.move(plot["x"] + plot["width"] - 4, plot["y"] + 40)
        self.page.mouse.up()
        self.page.wait_for_function("new URLSearchParams(location.search).get('t') !== '..'")
        # The oldest are on the right.
        begin, end = self.query["t"].split("..")
        buckets = self.ask(f"/v2/{PROJECT}/connections/histogram")["buckets"]
        self.assertIn(begin[:10], ("", buckets[0]["start"][:10]))
        self.assertLess(end[:10], buckets[len(buckets) // 2]["start"][:10])


@in_both_browsers
class Around(OnConnections):
    def test_a_notice_is_closed(self):
        self.page.keyboard.press("y")
        notice = self.page.locator(".notices p")
        expect(notice).to_be_visible()
        notice.get_by_role("button", name="Close").click()
        expect(notice).to_have_count(0)

    def test_the_menu_leads_to_the_api_and_signing_out_is_said(self):
        self.page.get_by_role("button", name="Signed in as").click()
        expect(self.page.get_by_role("link", name="API and how to use it")).to_have_attribute("href", f"{self.url}/explorer")
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_text("You are signed out.")).to_be_visible()

    def test_a_menu_at_the_edge_ends_where_its_button_does(self):
        button = self.page.get_by_role("button", name="Signed in as")
        button.click()
        panel = self.page.locator("[popover]:popover-open").bounding_box()
        box = button.bounding_box()
        self.assertAlmostEqual(panel["x"] + panel["width"], box["x"] + box["width"], delta=1)

    def test_a_button_that_is_off_has_no_more_of_a_frame_than_others(self):
        self.page.get_by_role("button", name="Columns").click()
        frames = self.page.locator(".moves button").evaluate_all("(all) => all.map((one) => [one.disabled, getComputedStyle(one).borderTopColor])")
        self.assertEqual({off for off, _ in frames}, {True, False})
        self.assertEqual({colour for _, colour in frames}, {"rgba(0, 0, 0, 0)"})
