"""Every page and state of the console, in both themes, in languages of both directions, in wide and in narrow windows: nothing that
axe-core finds fault with, nothing beyond the edges of the window, and nothing that the policy of the page forbids."""

import functools
import os
import unittest

from console import Console, in_both_browsers
from tour import STATES, Tour, toured_service

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

# Which rules there are besides those of WCAG 2.2 AA: the best practices of axe-core.
FINDINGS = """async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
}"""
# What is cut off by the window, or reaches beyond it. What scrolls by itself may be wider than it shows.
BEYOND = """() => {
  const found = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth - clientWidth} px wider than the window`);
  for (const panel of document.querySelectorAll(":popover-open, dialog[open]")) {
    const { left, right, top, bottom } = panel.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) found.push(`${panel.localName}: ${[left, top, right, bottom].map(Math.round)}`);
  }
  const scrolls = (element) => element && (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  for (const element of document.querySelectorAll("button, a, input, select, h1, h2, td, dd")) {
    const { left, right, width, height } = element.getBoundingClientRect();
    if (width > 1 && height > 1 && (left < -1 || right > innerWidth + 1) && !scrolls(element.parentElement)) {
      found.push(`${element.localName} ${element.textContent.trim().slice(0, 30)}: ${Math.round(left)} to ${Math.round(right)}`);
    }
  }
  return found;
}"""


@functools.cache
def axe():
    if "NODE_PACKAGES" not in os.environ:
        raise unittest.SkipTest("no axe-core was named")
    with open(os.path.join(os.environ["NODE_PACKAGES"], "axe-core", "axe.min.js"), encoding="utf-8") as file:
        return file.read()


class Walk(Console):
    """A walk through all states, as somebody sees them who chose a window, a language and a theme."""

    def start_service(self):
        return toured_service()

    def findings(self):
        """What is wrong with the page as it is."""
        self.page.evaluate(axe())
        return self.page.evaluate(BEYOND) + self.page.evaluate(FINDINGS)

    def walk(self, window, language="en_US", theme="light", states=tuple(STATES)):
        _, self.page = self.new_page(viewport=window, reduced_motion="reduce")
        tour = Tour(self.page, self.service, language, theme)
        found = {}
        for name in states:
            tour.go(name)
            self.assertEqual(self.page.evaluate("document.documentElement.dir || 'ltr'"), "rtl" if language == "ar_SA" else "ltr")
            found[name] = self.findings()
        self.assertEqual({name: findings for name, findings in found.items() if findings}, {})


@in_both_browsers
class Looks(Walk):
    def test_every_state_in_light(self):
        self.walk(WIDE)

    def test_every_state_in_dark_in_arabic_in_a_narrow_window(self):
        self.walk(NARROW, "ar_SA", "dark")

    def test_what_is_wrong_is_found(self):
        Tour(self.page, self.service).go("access")
        self.assertEqual(self.findings(), [])
        self.page.evaluate("""() => {
            const button = document.createElement("button");
            button.style.width = "3000px";
            document.querySelector("main").append(button);
        }""")
        found = "\n".join(self.findings())
        self.assertIn("px wider than the window", found)
        self.assertIn("button-name", found)
