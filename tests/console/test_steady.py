"""What is there stays where it is as answers arrive, so that nobody presses what has just taken the place of something else."""

import unittest

from playwright.sync_api import expect

from console import ALL, Console, in_both_browsers
from support.program import PROJECT

# Answers come one after the other, each so much later that the page is drawn before it.
ONE_BY_ONE = """{
  const ask = globalThis.fetch;
  let last = Promise.resolve();
  globalThis.fetch = (...of) => {
    const answer = ask(...of);
    const ended = answer.catch(() => {});
    last = last.then(() => ended).then(() => new Promise((then) => setTimeout(then, 150)));
    return last.then(() => answer);
  };
}"""

# What the browser says of each move that nobody asked for: how much of the page it is, and what moved.
NOTE_MOVES = """globalThis.moves = [];
new PerformanceObserver((list) => {
  for (const move of list.getEntries())
    moves.push([move.value, ...move.sources.map(({ node, previousRect, currentRect }) =>
      `${(node?.outerHTML ?? node?.textContent ?? "").slice(0, 60)} from ${previousRect.y} to ${currentRect.y}`)]);
}).observe({ type: "layout-shift", buffered: true });"""

# As much of a page may move as a button that gets a neighbour.
LITTLE = 0.002


class Pages(Console, unittest.TestCase):
    """One browser alone says what moves."""

    kind = "chromium"

    def test_nothing_moves_as_answers_arrive(self):
        self.sign_in()
        self.context.add_init_script(ONE_BY_ONE + NOTE_MOVES)
        for path in "connections", "exports", "online", "audit", "access":
            with self.subTest(path):
                self.open(f"p/{PROJECT}/{path}", **({"t": ALL} if path == "connections" else {}))
                expect(self.rows.first if path == "connections" else self.page.locator("main h1")).to_be_visible()
                if path == "connections":
                    self.expect_count(self.count())
                self.page.wait_for_load_state("networkidle")
                moves = self.page.evaluate("new Promise((then) => setTimeout(() => then(moves), 300))")
                self.assertLess(sum(move[0] for move in moves), LITTLE, moves)


@in_both_browsers
class Dialogs(Console):
    def test_the_buttons_of_an_export_stay_as_its_records_are_counted(self):
        self.sign_in()
        held = []
        self.page.route("**/connections/histogram*", lambda route: held.append(route))
        self.open_connections(t=ALL)
        self.page.get_by_role("button", name="Export…").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_contain_text("counting")
        button = dialog.get_by_role("button", name="Make it in the background")
        before = button.bounding_box()
        for route in held:
            route.continue_()
        expect(dialog).to_contain_text(f"{self.count():,} records")
        self.assertEqual(button.bounding_box(), before)
