"""Measures the console in both browsers over a million records in SQLite, on loopback; prints the table of docs/PERFORMANCE.md.

    PYTHONPATH=tests:tests/console target/explorer/bin/python tests/bench/console_bench.py --deskledger target/release/deskledger
"""

import argparse
import os
import shutil
import statistics
import sys

WATCH = """(() => {
  const seen = (window.seen = {});
  const look = () => {
    // A button that answers is there once its script ran.
    if (!seen.page && document.querySelector("main button")) seen.page = performance.now();
    if (!seen.rows && document.querySelector("[role=gridcell]")) seen.rows = performance.now();
    if (!seen.count && /\d connection/.test(document.querySelector("main")?.innerText ?? "")) seen.count = performance.now();
    if (!(seen.page && seen.rows && seen.count)) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
FRAMES = 1_200
PIXELS = 200


def opened(browser, url, state):
    """A page of somebody who is signed in, with nothing kept from before, and when what of it was there."""
    from console import PATIENCE, WINDOW

    context = browser.new_context(storage_state=state, viewport=WINDOW, locale="en-US", timezone_id="UTC")
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("() => window.seen.page && window.seen.rows && window.seen.count", timeout=PATIENCE)
    return context, page, page.evaluate("window.seen")


def signed_in(browser, service):
    """The cookie of somebody who signed in."""
    from console import TOKEN

    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(f"{service.url}/console/sign-in")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in with a token").click()
    page.get_by_role("button", name="Signed in as").wait_for()
    state = context.storage_state()
    context.close()
    return state


def measure(kind, runs):
    """The line of the table of a browser."""
    from console import browser_of
    from large import million
    from scrolling import scroll
    from support.program import PROJECT

    browser, service = browser_of(kind), million()
    state = signed_in(browser, service)
    url = f"{service.url}/console/p/{PROJECT}/connections?t=now-30d..now"
    times = []
    for run in range(runs + 1):
        context, page, seen = opened(browser, url, state)
        if run > 0:  # The first one warms the service and the browser.
            times.append(seen)
        if run < runs:
            context.close()
    found = scroll(page, FRAMES, PIXELS)
    context.close()
    median = {name: statistics.median(seen[name] for seen in times) for name in ("page", "rows", "count")}
    worst = {name: max(seen[name] for seen in times) for name in median}
    cells = [f"{median[name]:.0f} ({worst[name]:.0f})" for name in ("page", "rows", "count")]
    cells += [f"{found[name]:.0f}" for name in ("p50", "p95", "max")]
    over = found["over_50"]
    return f"| {browser.browser_type.name.capitalize()} {browser.version} | {' | '.join(cells)} | {over} of {FRAMES} | {found['last_row']:,} | {found['most_rows']} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deskledger", required=True, help="the program, a release build")
    parser.add_argument("--chromium", default="chromium", help="the one browser")
    parser.add_argument("--firefox", default="firefox-esr", help="the other browser")
    parser.add_argument("--runs", type=int, default=10, help="how many times each page is opened")
    arguments = parser.parse_args()
    os.environ["DESKLEDGER"] = os.path.abspath(arguments.deskledger)
    for name in "chromium", "firefox":
        path = getattr(arguments, name)
        os.environ[name.upper()] = shutil.which(path) or parser.error(f"there is no {path}")
    print("| browser | page, ms | rows, ms | count, ms | frame, p50 | p95 | longest | over 50 ms | rows scrolled | rows in the document |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for kind in "chromium", "firefox":
        print(measure(kind, arguments.runs), flush=True)


if __name__ == "__main__":
    sys.exit(main())
