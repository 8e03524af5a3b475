"""Where the system chooses the colours, or wants nothing to move, the console shows as much as elsewhere. In Chromium alone: Playwright
does not bring either to the other browser."""

import re
import unittest

from playwright.sync_api import expect

from console import Console
from support.program import PROJECT

# Buttons and fields that nothing around them tells apart from text.
WITHOUT_BORDER = """() => [...document.querySelectorAll("button, .button, input:not([type=checkbox], [type=radio]), select, textarea, dialog[open], :popover-open, .card")]
  .filter((one) => one.checkVisibility())
  .filter((one) => { const style = getComputedStyle(one); return style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) === 0; })
  .map((one) => one.outerHTML.slice(0, 80))"""
OUTLINE = "(one) => { const { outlineStyle, outlineWidth } = getComputedStyle(one); return outlineStyle === 'none' ? 0 : parseFloat(outlineWidth); }"
MOVING = """() => [...document.querySelectorAll("*")].flatMap((one) => {
  const { transitionProperty, transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
  const moves = (transitionProperty !== "none" && transitionDuration.split(",").some((time) => parseFloat(time) > 0)) || animationName !== "none" || scrollBehavior === "smooth";
  return moves ? [one.outerHTML.slice(0, 80)] : [];
})"""


class Emulated(Console, unittest.TestCase):
    kind = "chromium"

    def start(self, **options):
        self.context, self.page = self.new_page(**options)
        self.sign_in(t="now-20d..now")
        expect(self.rows.first).to_be_visible()

    def assert_bordered(self):
        self.assertEqual(self.page.evaluate(WITHOUT_BORDER), [])

    def assert_told_apart(self, wanted, others):
        """An outline is around what is chosen, and around nothing else of its kind."""
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.activeElement?.blur()")
        self.assertGreaterEqual(wanted.evaluate(OUTLINE), 2)
        self.assertEqual(others.evaluate(OUTLINE), 0)

    def test_forced_colours_hide_no_border_and_no_state(self):
        self.start(forced_colors="active")
        self.assertTrue(self.page.evaluate("matchMedia('(forced-colors: active)').matches"))
        self.assert_bordered()
        failed = self.page.get_by_role("button", name="Failed only")
        self.assertEqual(failed.evaluate(OUTLINE), 0)
        failed.click()
        expect(failed).to_have_attribute("aria-pressed", "true")
        # Until the answer comes, the rows are those of before.
        expect(self.rows.first).to_have_class(re.compile(r"\bbad\b"))
        links = self.page.get_by_role("navigation").get_by_role("link")
        self.assert_told_apart(failed, self.page.get_by_role("button", name="Copy link"))
        self.assert_told_apart(links.nth(0), links.nth(1))
        # A failed connection has an edge, which is a shadow elsewhere.
        edge = self.rows.first.get_by_role("gridcell").first.evaluate("(cell) => parseFloat(getComputedStyle(cell).borderInlineStartWidth)")
        self.assertGreaterEqual(edge, 3)
        self.rows.first.click()
        expect(self.page.locator("aside h2")).to_be_visible()
        self.assert_told_apart(self.page.locator("[role=row][aria-selected=true]"), self.rows.nth(1))
        # Bars are drawn, in two colours.
        fills = self.page.locator("figure[aria-busy=false] svg").evaluate("(svg) => [...new Set([...svg.querySelectorAll('.bar')].map((bar) => getComputedStyle(bar).fill))]")
        self.assertEqual(len(fills), 2)
        self.page.keyboard.press("Escape")
        for opens in "Export…", "Columns", "Saved views":
            self.page.get_by_role("button", name=opens, exact=True).click()
            expect(self.page.locator("dialog[open], :popover-open")).to_have_count(1)
            self.assert_bordered()
            self.page.keyboard.press("Escape")
        for page in "exports", "online", "audit", "access":
            self.open(f"p/{PROJECT}/{page}")
            expect(self.page.locator("h1")).to_be_visible()
            self.assert_bordered()

    def test_reduced_motion_moves_nothing(self):
        self.start(reduced_motion="reduce")
        self.assertEqual(self.page.evaluate(MOVING), [])
        for opens in "Export…", "Columns":
            self.page.get_by_role("button", name=opens, exact=True).click()
            expect(self.page.locator("dialog[open], :popover-open")).to_have_count(1)
            self.assertEqual(self.page.evaluate(MOVING), [])
            self.page.keyboard.press("Escape")
        self.rows.first.click()
        expect(self.page.locator("aside h2")).to_be_visible()
        self.assertEqual(self.page.evaluate(MOVING), [])
