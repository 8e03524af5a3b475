"""Every page and state of the console that somebody can come to, each with the steps that lead there.

The tests walk through all of them, and `scripts/pictures` takes pictures of some.
"""

import contextlib
import functools
import json
import re
import urllib.request

from playwright.sync_api import Error

import console
from console import TOKEN, ask, running
from support.program import PROJECT, waited

# When it is for the browser. The records of the service are older, so that relative times hold the same ones in every run.
NOW = "2026-11-27T02:45:12Z"
UNTIL = "2026-11-27T02:45:00Z"
ZONE = "Asia/Shanghai"
RECORDS = 10_000

EXPORT = f"/v2/{PROJECT}/connections/desktops/export"
TASK = f"/v3/{PROJECT}/desktops/connections/export"
# Answers that say when the service did something.
TIMED = re.compile(r"/v2/.*(audits|export-links|export-tasks|sessions)(\?.*)?$")
IS_THERE = "() => !document.querySelector('[aria-busy=true]') && document.querySelector('main')"
IS_PAINTED = "() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"

STATES = {}


def state(function):
    """Registers a state by its name."""
    STATES[function.__name__.replace("_", "-")] = function
    return function


@functools.cache
def toured_service():
    """A service that was used: files are made and downloaded, and something was refused."""
    service = console.enter(running(records=RECORDS, until=UNTIL))
    failed = f"/v2/{PROJECT}/connections/desktops?state=failed&limit=1"
    service.failed = ask(service.url, failed)[1]["records"][0]["transaction_id"]
    for path in (f"{TASK}?terminal_type=Linux&language=zh_CN&time_zone={ZONE}", f"{TASK}?user_name=nobody", f"{EXPORT}?usr=ann"):
        ask(service.url, path)
    with urllib.request.urlopen(urllib.request.Request(f"{service.url}{EXPORT}?format=csv&state=failed", headers={"X-Auth-Token": TOKEN})) as answer:
        answer.read()
    waited(lambda: ask(service.url, f"/v2/{PROJECT}/export-tasks?status=SUCCESS")[1]["count"] == 2)
    service.cookie = session_of(service.url)
    return service


def session_of(url, token=TOKEN):
    """The cookie of a new session, for `add_cookies`."""
    headers = {"Content-Type": "application/json", "Origin": url, "X-Deskledger": "1"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v2/sign-in/token", json.dumps({"token": token}).encode(), headers)) as answer:
        name, _, value = answer.headers["Set-Cookie"].split(";")[0].partition("=")
    return {"name": name, "value": value, "url": url, "httpOnly": True, "sameSite": "Strict"}


class Tour:
    """A page that is led through the console of a service, by somebody who is signed in."""

    def __init__(self, page, service, language="en_US", theme="light"):
        self.page, self.service = page, service
        self.held = []  # Questions that get no answer.
        preferences = json.dumps({"language": language, "theme": theme, "zone": ZONE})
        page.context.add_cookies([service.cookie])
        # An empty page has no storage.
        page.add_init_script(f"try {{ localStorage.deskledger = {json.dumps(preferences)} }} catch {{}}")
        page.clock.set_fixed_time(NOW)

    def go(self, name):
        """Leads to a state, from wherever the page is."""
        # Nobody waits any more for what gets no answer.
        self.page.goto("about:blank")
        while self.held:
            with contextlib.suppress(Error):
                self.held.pop().abort()
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.route(TIMED, at_one_time)
        STATES[name](self)
        if name != "loading":
            self.page.wait_for_function(IS_THERE)
        self.page.evaluate(IS_PAINTED)

    def open(self, address, awaited="h1"):
        """Loads an address of the console, and waits for an element of it."""
        self.page.goto(f"{self.service.url}/console/{address}")
        self.page.locator(awaited).first.wait_for(state="attached")

    def connections(self, query=""):
        """The main page, when it has an answer to each of its questions."""
        self.open(f"p/{PROJECT}/connections{query}", ".line strong:not(.quiet), main [role=alert]")
        self.page.locator(".split > *").first.wait_for()

    def answered(self, path, status=200, body=None, headers=()):
        """From now on the service gives this answer to what is asked at a path, which is the end of a regular expression."""
        answer = {"status": status, "headers": {"content-type": "application/json", **dict(headers)}, "body": json.dumps(body)}
        self.page.route(re.compile(path + r"(\?.*)?$"), lambda route: route.fulfill(**answer))

    def press(self, key, awaited):
        """Presses a key, and waits for an element that it leads to."""
        self.page.keyboard.press(key)
        self.page.locator(awaited).first.wait_for()

    def click(self, what, awaited):
        """Clicks an element, and waits for another that it leads to."""
        self.page.locator(what).first.click()
        self.page.locator(awaited).first.wait_for()

    @property
    def is_narrow(self):
        return self.page.viewport_size["width"] < 600

    @property
    def is_alone(self):
        """Whether the details of a connection are a page."""
        return self.page.viewport_size["width"] < 900


def at_one_time(route):
    """What the service did just now it did at one time, which is the same in every run."""
    if route.request.method != "GET":
        return route.continue_()
    # What is not asked by the page itself has to say that it comes from there; and it is read here.
    origin = re.match(r"https?://[^/]+", route.request.url)[0]
    answer = route.fetch(headers={**route.request.headers, "origin": origin, "sec-fetch-site": "same-origin", "accept-encoding": "identity"})
    return route.fulfill(response=answer, body=re.sub(r'"20\d\d-\d\d-\d\dT[\d:.]+Z"', f'"{NOW}"', answer.text()))


def signed_out(tour):
    tour.answered("/v2/session", 401, {"error_code": "WKS.00001401", "error_msg": "there is no session"})


@state
def sign_in(tour):
    """All ways that there are."""
    signed_out(tour)
    tour.answered("/v2/sign-in", body={"ways": ["oidc", "iam", "token"], "oidc_label": "Example Ltd."})
    tour.open("sign-in", "form")


@state
def sign_in_refused(tour):
    signed_out(tour)
    tour.open("sign-in", "form")
    tour.page.locator("input[type=password]").fill("not-a-token")
    tour.click("form button", "[role=alert]")


@state
def choose_project(tour):
    projects = [{"id": "8dc9c40a", "name": "Shanghai office", "roles": []}, {"id": "b7a2e15c", "name": None, "roles": []}]
    times = dict.fromkeys(("signed_in_at", "ends_at", "idle_ends_at"), NOW)
    tour.answered("/v2/session", body={"id": "0f6d8f4a", "user": "ann", "way": "oidc", "project_id": None, "projects": projects, **times})
    tour.open("")


@state
def connections(tour):
    tour.connections()


@state
def failed_last_week(tour):
    tour.connections(f"?t=week-1..week&tz={ZONE}&state=failed")


@state
def time_menu(tour):
    tour.connections()
    tour.press("t", ".calendar:visible")


@state
def filter_fields(tour):
    tour.connections()
    tour.press("/", "[role=option]")


@state
def filter_values(tour):
    filter_fields(tour)
    tour.click("[role=option]", "[role=option] .numeric")


@state
def zone_menu(tour):
    tour.connections()
    tour.click("header .tools button >> nth=-2", "header [type=search]")


@state
def user_menu(tour):
    tour.connections()
    tour.click("header .tools button >> nth=-1", "header select")


@state
def saved_views(tour):
    tour.connections()
    tour.click("section.bar .end button", "section.bar form input")


@state
def drawer(tour):
    query = f"?row={tour.service.failed}"
    if tour.is_alone:
        tour.open(f"p/{PROJECT}/connections{query}")
    else:
        tour.connections(query)
    tour.page.locator("aside").wait_for()


@state
def columns(tour):
    tour.connections()
    if not tour.is_narrow:
        tour.click("main .line > div button", "main [popover] li")


@state
def cell_menu(tour):
    tour.connections()
    if not tour.is_narrow:
        tour.page.get_by_role("gridcell").first.click(button="right")
        tour.page.locator(".cellmenu button").first.wait_for()


@state
def export_dialog(tour):
    failed_last_week(tour)
    tour.press("e", "dialog[open] .primary")


@state
def key_help(tour):
    tour.connections()
    tour.press("?", "dialog[open] kbd")


@state
def empty_range(tour):
    tour.connections("?t=2020-01-01..2020-01-02")
    tour.page.locator(".nothing button").wait_for()


@state
def empty_filter(tour):
    tour.connections("?user=nobody")
    tour.page.locator(".nothing button").wait_for()


@state
def loading(tour):
    """The skeleton, which is there after 150 ms."""
    tour.page.route(re.compile(r"/connections/desktops(/histogram)?\?"), lambda route: tour.held.append(route))
    tour.open(f"p/{PROJECT}/connections", ".skeleton")


@state
def denied(tour):
    refusal = {"error_code": "WKS.00001403", "error_msg": "you may not list connections", "encoded_authorization_message": "a" * 400}
    tour.answered("/connections/desktops", 403, refusal, {"x-request-id": "5f0c3b7e9a1d4c52"})
    tour.connections()
    tour.page.get_by_role("alert").wait_for()


@state
def busy(tour):
    refusal = {"error_code": "WKS.00041429", "error_msg": "too many questions at once"}
    tour.answered("/connections/desktops", 429, refusal, {"x-request-id": "5f0c3b7e9a1d4c52", "retry-after": "30"})
    tour.connections()
    tour.page.get_by_role("alert").wait_for()


@state
def refused_filter(tour):
    tour.connections("?min_duration=long&user=ann&computer=JY027")
    tour.page.locator(".wrong").wait_for()


@state
def no_such_row(tour):
    tour.open(f"p/{PROJECT}/connections?row=00000000-0000-4000-8000-000000000000", "main [role=alert]")


@state
def exports(tour):
    tour.open(f"p/{PROJECT}/exports", "tbody tr")


@state
def exports_running(tour):
    link = {"user": "ann", "task_id": None, "rows": 81_000, "bytes": 9_400_000, "total_count": 300_000, "total_bytes": None}
    link.update(parameters={}, create_time=NOW)
    states = [("running", None), ("broken", "WKS.00041500"), ("cancelled", None), ("waiting", None)]
    links = [{**link, "id": str(at), "state": name, "error_code": error} for at, (name, error) in enumerate(states)]
    task = {"file_name": "desktop-connections-20261127T024512Z.xlsx", "create_time": NOW, "rows": 0, "bytes": 0}
    tasks = [{**task, "task_id": name, "status": name} for name in ("SUCCESS", "FAIL", "EXPIRED")]
    tasks[1]["fail_reason"] = "the database was unavailable"
    tour.answered("/export-links", body={"export_links": links})
    tour.answered("/export-tasks", body={"export_tasks": tasks, "count": len(tasks)})
    exports(tour)


@state
def no_exports(tour):
    tour.answered("/export-links", body={"export_links": []})
    tour.answered("/export-tasks", body={"export_tasks": [], "count": 0})
    tour.open(f"p/{PROJECT}/exports", ".nothing")


@state
def online(tour):
    tour.open(f"p/{PROJECT}/online", "tbody tr")


@state
def audit(tour):
    tour.open(f"p/{PROJECT}/audit?t=..", "tbody tr")


@state
def no_audits(tour):
    tour.open(f"p/{PROJECT}/audit?user=nobody", ".nothing")


@state
def decode(tour):
    audit(tour)
    tour.click("main .spread button", "dialog[open] textarea")


@state
def access(tour):
    tour.open(f"p/{PROJECT}/access", "tbody tr")
    tour.page.locator("section").wait_for()


def with_keys(tour):
    """There is a key that may be used, and one that was revoked."""
    key = {"id": "A3Q5XH2M7KZTB4C6D2EF", "user": "ann", "roles": ["te_admin", "wks_auditor"], "state": "active", "created_at": NOW, "revoked_at": None}
    revoked = {**key, "id": "B7Q5XH2M7KZTB4C6D2EG", "state": "revoked", "revoked_at": NOW}
    made = {**{name: key[name] for name in ("id", "user", "roles", "created_at")}, "secret": "MZXW6YTBOI5DKNZXG4ZTGMRTGQ2TMNZYHE3DKMRT"}
    answers = {"GET": (200, {"access_keys": [key, revoked]}), "POST": (201, made)}

    def answer(route):
        status, body = answers[route.request.method]
        route.fulfill(status=status, json=body)

    tour.page.route(re.compile("/access-keys$"), answer)
    tour.open(f"p/{PROJECT}/access", "section tbody tr")


@state
def access_keys(tour):
    with_keys(tour)


@state
def make_key(tour):
    with_keys(tour)
    tour.click("section button", "dialog form")


@state
def key_made(tour):
    make_key(tour)
    tour.click("dialog form .primary", "dialog dl")


@state
def revoke_key(tour):
    with_keys(tour)
    tour.click("section td button", "dialog .danger")


@state
def keys_that_are_not_managed(tour):
    tour.answered("/access-keys", 404, {"error_code": "WKS.00006404", "error_msg": "access keys cannot be managed here"})
    tour.open(f"p/{PROJECT}/access", "section p")


@state
def no_such_page(tour):
    tour.open(f"p/{PROJECT}/nothing")
