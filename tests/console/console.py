"""The console in a browser: one service with records for all tests, a page of its own for each, and what that page complained about.

A test is written once, and runs in both browsers:

    @in_both_browsers
    class TheTable(Console):
        def test_it_shows_rows(self):
            self.sign_in()
            expect(self.rows.first).to_be_visible()
"""

import atexit
import contextlib
import datetime
import functools
import json
import os
import re
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request
import zoneinfo

from playwright.sync_api import expect, sync_playwright

from support.program import MARK, PROJECT, Service, sqlite_url, token_settings, waited

# Long, for a machine that is busy with other things: nothing here waits for a time to pass.
PATIENCE = 60_000  # Milliseconds.
WINDOW = {"width": 1440, "height": 900}

TOKEN = f"{MARK}-token-of-the-console"  # Ann's, who may do everything.
READER_TOKEN = f"{MARK}-token-of-a-reader"  # Ben's, who may look at records and export them.
OTHER_TOKEN = f"{MARK}-token-of-another-project"
OTHER_PROJECT = "another"
RECORDS = 3_000
DAYS = 30
# All the time there is: a range that does not move while a test runs.
ALL = ".."

SETTINGS = f"""
[server]
listen = "127.0.0.1:0"

[[identity.sealing_keys]]
id = "a"
key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="

[sessions]
per_user = 1000
{token_settings(TOKEN)}{token_settings(READER_TOKEN, user="ben").replace("te_admin", "reader")}
{token_settings(OTHER_TOKEN, project=OTHER_PROJECT, user="otto")}"""

# Each violation of the policy of the page becomes a line of its console, which is read below.
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`), true)"""
# A browser says of each answer that is an error that it is one. Tests look at answers themselves.
IS_ANSWER = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d")

# What a page says of the style that Playwright adds for a picture, and the hash of that style.
STYLE_OF_PICTURES = "error: policy: style-src-elem inline ", "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA="

_stack = contextlib.ExitStack()
atexit.register(_stack.close)


@contextlib.contextmanager
def running(settings=SETTINGS, records=RECORDS, days=DAYS, projects=(PROJECT,), until="now"):
    """A service for as long as the context lasts, with records that began in the days before a time."""
    with tempfile.TemporaryDirectory(prefix="deskledger-console-") as folder:
        service = Service(os.environ["DESKLEDGER"], folder, sqlite_url(folder), settings)
        for seed, project in enumerate(projects, 1):
            lines = service.run("generate", "--records", records, "--seed", seed, "--until", until, "--days", days, capture_output=True).stdout
            service.run("import", "-", "--project", project, input=lines, capture_output=True)
        with service:
            yield service


def enter(context):
    """Enters a context for as long as the tests run."""
    return _stack.enter_context(context)


@functools.cache
def shared_service():
    """The service of all tests that need no other."""
    return enter(running())


@functools.cache
def _playwright():
    return enter(sync_playwright())


@functools.cache
def browser_of(kind):
    """A browser that all tests share. No sandbox: that of Chromium refuses to run for root, as which some test machines run."""
    if kind == "chromium":
        browser = _playwright().chromium.launch(executable_path=os.environ["CHROMIUM"], chromium_sandbox=False)
    else:
        browser = _playwright().firefox.launch(channel="moz-firefox", executable_path=os.environ["FIREFOX"])
    _stack.callback(browser.close)
    return browser


def ask(url, path, token=TOKEN, method="GET", body=None, headers=None):
    """The status and the JSON of an answer of the API, asked for by a program and not by the browser."""
    headers = {**({"X-Auth-Token": token} if token else {}), **(headers or {})}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE / 1000) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read() or "null")


def in_both_browsers(tests):
    """Makes the classes by which the tests run in each browser."""
    module = sys.modules[tests.__module__]
    for name, kind in (("InChromium", "chromium"), ("InFirefox", "firefox")):
        named = tests.__name__ + name
        made = type(named, (tests, unittest.TestCase), {"kind": kind, "__module__": tests.__module__, "__qualname__": named})
        setattr(module, named, made)
    return tests


class Console:
    """What a test of the console has: a service, a browser, and a page on which nobody is signed in."""

    kind = None
    _has_failed = False
    _styles = 0

    def id(self):
        # Reports take no name of a class from it, so the browser is in that of the module.
        module, _, test = super().id().rpartition(".")
        return f"{module.split('.')[0]}_{self.kind}.{test}"

    def start_service(self):
        """The service of the test. One that needs other settings enters `running` here."""
        return shared_service()

    def setUp(self):
        expect.set_options(timeout=PATIENCE)
        self.browser = browser_of(self.kind)
        self.service = self.start_service()
        self.url = self.service.url
        # Where pages may ask, besides the service; what they may complain about, as regular expressions.
        self.hosts, self.allowed = {urllib.parse.urlsplit(self.url).netloc}, []
        self.complaints, self.asked = [], []
        self.context, self.page = self.new_page()

    def tearDown(self):
        # In `tearDown`, so that a complaint fails the test. One that failed already has said enough.
        if not self._has_failed:
            self.assert_no_complaint()

    def new_page(self, **options):
        """A browser of somebody else, with cookies of its own, and a page in it."""
        context = self.browser.new_context(**{"viewport": WINDOW, "locale": "en-US", "timezone_id": "UTC", "accept_downloads": True, **options})
        self.addCleanup(context.close)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self._watch)
        return context, context.new_page()

    def _watch(self, page):
        def answered(response):
            if response.status >= 500:
                self.complaints.append(f"answer: {response.status} {response.url}")

        def said(message):
            if message.type in ("error", "warning") and not IS_ANSWER.search(message.text):
                self.complaints.append(f"{message.type}: {message.text}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("response", answered)

    def assert_no_complaint(self):
        """Nothing in the console, no violation of the policy, no broken answer, and nothing asked of another host."""
        complaints = [text for text in self.complaints if not any(re.search(known, text) for known in self.allowed)]
        for _ in range(self._styles):
            with contextlib.suppress(ValueError):
                complaints.remove(STYLE_OF_PICTURES[0])
        complaints = [text for text in complaints if not (self._styles and STYLE_OF_PICTURES[1] in text)]
        self.assertEqual(complaints, [])
        asked = {urllib.parse.urlsplit(url).netloc for url in self.asked if not url.startswith(("data:", "blob:", "about:"))}
        self.assertLessEqual(asked, self.hosts)

    def _callTestMethod(self, method):
        # Before the pages are closed.
        try:
            method()
        except Exception:
            self._has_failed = True
            self._keep_pictures()
            raise

    def _keep_pictures(self):
        folder = os.environ.get("PICTURES")
        if not folder:
            return
        os.makedirs(folder, exist_ok=True)
        for number, page in enumerate(page for context in self.browser.contexts for page in context.pages):
            name = f"{self._testMethodName}-{self.kind}{f'-{number}' if number else ''}.png"
            with contextlib.suppress(Exception):  # The test has failed already.
                self.take_picture(os.path.join(folder, name), page)
                print(f"  a picture: {name}, of {page.url}", flush=True)

    def take_picture(self, path, page=None, **options):
        """A picture of a page. Playwright would hide the caret by a style, which the policy forbids, so the caret stays."""
        # In Firefox it adds an empty style all the same.
        self._styles += self.kind == "firefox"
        (page or self.page).screenshot(path=path, caret="initial", **options)

    def open(self, path="", page=None, **query):
        """Opens a page of the console."""
        encoded = urllib.parse.urlencode(query)
        (page or self.page).goto(f"{self.url}/console/{path}{'?' + encoded if encoded else ''}")

    def open_connections(self, page=None, project=PROJECT, **query):
        self.open(f"p/{project}/connections", page, **query)

    def sign_in(self, token=TOKEN, page=None, path=f"p/{PROJECT}/connections", **query):
        """Opens a page of the console, signs in by a token, and is on that page. In any language."""
        page = page or self.page
        self.open(path, page, **query)
        form = page.locator("form").last
        form.get_by_role("textbox").fill(token)
        form.get_by_role("button").click()
        # The page before has a heading too, and no navigation.
        expect(page.get_by_role("navigation")).to_be_visible()

    def ask(self, path, **options):
        """The JSON of a good answer of the API."""
        status, answer = ask(self.url, path, **options)
        self.assertLess(status, 300, answer)
        return answer

    def records(self, **query):
        """The first records that the API has for a query."""
        return self.ask(f"/v2/{PROJECT}/connections/desktops?{urllib.parse.urlencode({'limit': 1000, **query})}")["records"]

    @property
    def rows(self):
        """The rows of the table that are in the document: those in view, and some more."""
        return self.page.locator("[role=grid] [role=rowgroup] [role=row]")

    @property
    def query(self):
        """The query of the address."""
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.page.url).query))

    def wait_for_query(self, **wanted):
        """Waits until the address has these values; `None` is for what it must not have."""
        script = """(wanted) => { const query = new URLSearchParams(location.search);
            return Object.entries(wanted).every(([name, value]) => query.get(name) === value); }"""
        self.page.wait_for_function(script, arg=wanted)

    @functools.cached_property
    def headers(self):
        """The headers of the columns, by the names of the fields."""
        meta = ask(self.url, "/console/meta?language=en_US", token=None)[1]
        return {column["name"]: column["header"] for column in meta["columns"]}

    def cells(self, name):
        """What the rows in the document have in a column."""
        script = """(header) => { const grid = document.querySelector("[role=grid]");
            const at = [...grid.querySelectorAll("[role=columnheader]")].find((one) => one.title.split("\\n")[0] === header).ariaColIndex;
            return [...grid.querySelectorAll(`[role=gridcell][aria-colindex="${at}"]`)].map((cell) => cell.textContent.trim()); }"""
        return self.page.evaluate(script, self.headers[name])

    def wait_for_cells(self, name, *values):
        """Waits until the rows in the document have nothing in a column but these values."""
        waited(lambda: (found := set(self.cells(name))) and found <= set(values), PATIENCE / 1000)

    def count(self, **query):
        """How many records the API has for a query."""
        return self.ask(f"/v2/{PROJECT}/connections/desktops?{urllib.parse.urlencode({'limit': 1, **query})}")["total_count"]

    def moments(self, zone):
        """The two ends of the range in the address, which are times in a zone, as the API reads them."""
        local = [datetime.datetime.fromisoformat(end) for end in self.query["t"].split("..")]
        return [time.replace(tzinfo=zoneinfo.ZoneInfo(zone)).isoformat() for time in local]

    def expect_count(self, count):
        """The page says that there are so many connections."""
        words = f"{count:,} connection{'' if count == 1 else 's'}"
        expect(self.page.locator("main strong").first).to_have_text(words)


class OnConnections(Console):
    """What a test has that begins with all connections on the page."""

    zone = "UTC"

    def setUp(self):
        super().setUp()
        self.sign_in(t=ALL, tz=self.zone)
        expect(self.rows.first).to_be_visible()
        self.keys = self.page.keyboard
