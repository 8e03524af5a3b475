"""Takes the pictures of docs/images/console-*.png from the running service; `scripts/pictures` runs it."""

import argparse
import os
import shutil
import sys

from console import browser_of
from tour import Tour, toured_service

# Their names, each with a state, a window, a language and a theme.
WINDOW, PHONE = (1120, 700), (390, 700)
PICTURES = {
    "sign-in": ("sign-in", WINDOW, "en_US", "light"),
    "connections": ("connections", WINDOW, "en_US", "light"),
    "time": ("time-menu", WINDOW, "en_US", "light"),
    "failed": ("failed-last-week", WINDOW, "en_US", "light"),
    "export": ("export-dialog", WINDOW, "en_US", "light"),
    "details": ("drawer", WINDOW, "en_US", "dark"),
    "arabic": ("connections", PHONE, "ar_SA", "light"),
}


def take(folder, kind="chromium"):
    """Takes all pictures into a folder."""
    for name, (state, (width, height), language, theme) in PICTURES.items():
        context = browser_of(kind).new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", timezone_id="UTC")
        page = context.new_page()
        Tour(page, toured_service(), language, theme).go(state)
        page.screenshot(path=os.path.join(folder, f"console-{name}.png"), animations="disabled", caret="hide")
        context.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deskledger", required=True, help="the program")
    parser.add_argument("--chromium", required=True, help="the browser")
    parser.add_argument("folder", help="where the pictures go")
    arguments = parser.parse_args()
    os.environ["DESKLEDGER"] = os.path.abspath(arguments.deskledger)
    os.environ["CHROMIUM"] = shutil.which(arguments.chromium) or parser.error(f"there is no {arguments.chromium}")
    take(arguments.folder)


if __name__ == "__main__":
    sys.exit(main())
