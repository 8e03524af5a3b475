"""Values that somebody wrote to harm those who look at them are shown as text, wherever they are shown."""

import functools
import json
import urllib.parse

from playwright.sync_api import expect

from console import Console, SETTINGS, ask, enter, in_both_browsers, running
from support.program import PROJECT, token_settings, waited
from tour import session_of

HOSTILE = (
    "<img src=x onerror=window.ran=1>",
    "<script>window.ran=1</script>{{7*7}}",
    "\u202emoc.live\u2066\u202b evil",
    "\U0001f469\u200d\U0001f4bb" * 40,
    "=cmd|'/c calc'!A1",
    "x" * 250,
)
TEXTS = ("user_name", "computer_name", "terminal_name", "terminal_type", "client_version", "agent_version", "connection_failure_reason")

@functools.cache
def hostile_service():
    """A service whose records hold hostile texts in all fields that take any text."""
    users = {f"hostile-{number}": text for number, text in enumerate(HOSTILE)}
    # In a text of TOML, as in JSON, whatever could end it is escaped.
    tokens = (token_settings(token).replace('"ann"', json.dumps(text, ensure_ascii=False)) for token, text in users.items())
    service = enter(running(SETTINGS + "".join(tokens), records=1))
    lines = service.generated(len(HOSTILE)).splitlines()
    records = [{**json.loads(line), **dict.fromkeys(TEXTS, text), "connection_setup_time": None, "connection_end_time": None}
               for line, text in zip(lines, HOSTILE)]
    body = "\n".join(json.dumps(record) for record in records).encode()
    service.run("import", "-", "--project", PROJECT, input=body, capture_output=True)
    service.cookie = session_of(service.url)
    task = f"/v3/{PROJECT}/desktops/connections/export"
    for token, text in users.items():
        query = urllib.parse.urlencode({"user_name": text})
        ask(service.url, f"{task}?{query}", token)
        ask(service.url, f"/v2/{PROJECT}/connections/desktops/export-links?{query}", token, "POST")
        ask(service.url, f"/v2/{PROJECT}/access-keys", token, "POST", {})
    waited(lambda: ask(service.url, f"/v2/{PROJECT}/export-tasks?status=SUCCESS")[1]["count"] == len(users))
    return service

@in_both_browsers
class Hostile(Console):
    def start_service(self):
        return hostile_service()

    def setUp(self):
        super().setUp()
        self.context.add_cookies([self.service.cookie])

    def assert_harmless(self):
        self.assertIsNone(self.page.evaluate("window.ran ?? null"))
        self.assertEqual(self.page.evaluate("document.querySelectorAll('main img, main script').length"), 0)
        self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0)

    def test_records_are_shown_as_text(self):
        for text in HOSTILE:
            self.open_connections(t="..", user=text)
            expect(self.rows).to_have_count(1)
            expect(self.rows.first.get_by_role("gridcell").nth(1)).to_have_text(text)
            expect(self.page.locator(".pair bdi").first).to_have_text(text)
            self.assert_harmless()
            self.rows.first.click()
            expect(self.page.locator("aside h2 bdi")).to_have_text(text)
            self.assert_harmless()

    def test_suggestions_and_cards_are_text(self):
        self.page.set_viewport_size({"width": 390, "height": 844})
        self.open_connections(t="..")
        for text in HOSTILE:
            expect(self.page.locator("li strong bdi").filter(has_text=text)).to_have_count(1)
        # A long name leaves room for the others, and is not a column of letters.
        self.assertLess(max(self.page.locator("li > button").evaluate_all("(cards) => cards.map((card) => card.offsetHeight)")), 600)
        self.assert_harmless()
        self.page.keyboard.press("/")
        self.page.get_by_role("option").first.click()
        for text in HOSTILE:
            expect(self.page.get_by_role("option").filter(has_text=text).first).to_be_visible()
        self.assert_harmless()

    def test_the_query_of_an_address_is_text(self):
        for text in HOSTILE:
            for page in "connections", "online", "audit", "exports", "access":
                self.open(f"p/{PROJECT}/{page}", t=text, row=text, user=text, tz=text, outcome=text, state=text)
                expect(self.page.locator("h1")).to_have_count(1)
                self.assert_harmless()

    def test_users_and_what_they_exported_are_text(self):
        for width in 1440, 390:
            self.page.set_viewport_size({"width": width, "height": 844})
            for page in "exports", "audit", "access":
                self.open(f"p/{PROJECT}/{page}", t="now-1h..")
                users = self.page.locator("td bdi")
                for text in HOSTILE:
                    expect(users.filter(has_text=text).first).to_be_visible()
                self.assert_harmless()
        # What a question names is written out.
        self.page.get_by_role("button", name="Revoke the key").first.click()
        expect(self.page.get_by_role("dialog")).to_contain_text("It acts for")
        self.assert_harmless()

    def test_saved_views_are_text(self):
        for text in HOSTILE:
            view = json.dumps({"views": [{"name": text, "search": "?state=failed"}]})
            self.open_connections(t="..")
            self.page.evaluate("(view) => { localStorage.deskledger = view; }", view)
            self.page.reload()
            self.page.get_by_role("button", name="Saved views").click()
            expect(self.page.locator(".view bdi")).to_have_text(text)
            self.assert_harmless()
