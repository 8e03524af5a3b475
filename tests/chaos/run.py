"""Attacks on the real program, each named for what holds. scripts/chaos runs it."""

import argparse
import os
import sys
import time
import traceback

import database
import disk
import identity
import strangers
import tenants
from outcome import ATTACKS, Outcome
from service import Database, Service
from support.report import Report

MODULES = (strangers, tenants, database, disk, identity)

# Of the long form. The short one shows that each attack works and holds, in a tenth of the size and a fifth of the time.
SHORT_SHARE, SHORT_TIME = 0.2, 0.2


class Arena:
    """What an attack is given: a database, services, and how large it may be."""

    def __init__(self, program, short, needs_postgres):
        self.program = program
        self.short = short
        self.running = []
        self.database = Database() if needs_postgres else None

    def service(self, records=None, url=None, more="", descriptors=4096, server=""):
        """A service over the database, with so many records of each project."""
        service = Service(self.program, url or self.database.url, more, descriptors=descriptors, server=server)
        self.running.append(service)
        for project, count in (records or {"p1": 3000, "p2": 100}).items():
            service.fill(project, count, seed=int(project[1:]))
        return service.start()

    def scaled(self, number):
        """How many of something."""
        return max(5, int(number * SHORT_SHARE)) if self.short else number

    def seconds(self, number):
        """How long something goes on."""
        return number * SHORT_TIME if self.short else number

    def patience(self, seconds):
        """How long something may take: longer in the short form, which runs beside other work on a small machine."""
        return seconds * 3 if self.short else seconds

    def end(self):
        for service in self.running:
            service.stop()
        if self.database:
            self.database.drop()


def run(name, program, short):
    _, needs_postgres, function = ATTACKS[name]
    arena = Arena(program, short, needs_postgres)
    try:
        outcome = function(arena)
        if any(" panicked at " in service.log() for service in arena.running if os.path.exists(service.folder)):
            outcome = Outcome(f"{outcome.measured}; a thread panicked", False)
        return outcome
    except Exception:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        return Outcome("the attack itself failed: see above", False)
    finally:
        arena.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deskledger", required=True, help="the program")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="those whose name holds it")
    parser.add_argument("--short", action="store_true", help="smaller and shorter, as in scripts/test")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--table", action="store_true", help="print a table in Markdown at the end")
    arguments = parser.parse_args()
    names = [name for name in ATTACKS if not arguments.only or any(text in name for text in arguments.only)]
    if arguments.list:
        print("\n".join(names))
        return 0
    program = os.path.abspath(arguments.deskledger)
    report, rows = Report("chaos"), []
    for name in names:
        begin = time.monotonic()
        outcome = run(name, program, arguments.short)
        measured = f"{outcome.measured} [{time.monotonic() - begin:.0f} s]"
        report.add(name.replace(" ", "_").replace(",", ""), "ok" if outcome.held else "FAILED", measured)
        rows.append((name, outcome))
    if arguments.table:
        print("\n| holds | tried | measured | |\n| --- | --- | --- | --- |")
        for name, outcome in rows:
            print(f"| {name} | {ATTACKS[name][0]} | {outcome.measured} | {'held' if outcome.held else 'not held'} |")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
