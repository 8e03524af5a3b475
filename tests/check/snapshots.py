"""Looks for snapshots that no test compares with: those that were left behind, and those that nobody has accepted.

    python snapshots.py FILE…               looks at the source that each names
    python snapshots.py --used LIST FILE…   looks for each in a list of those that a run of all tests has compared with
"""

import re
import sys
from pathlib import Path


def source_of(snapshot):
    """The path of the source that the head of a snapshot names, from the folder of the workspace; nothing where there is no such line."""
    head = snapshot.read_text(encoding="utf-8").split("\n---\n", 1)[0]
    found = re.search(r"^source: (.+)$", head, re.MULTILINE)
    return found and Path(found[1].strip('"'))


def problem(snapshot):
    """What is wrong with a snapshot, from its name, its head and its source."""
    if snapshot.name.endswith(".snap.new"):
        return "is not accepted yet: compare it with the one beside it, and rename or delete it"
    source = source_of(snapshot)
    if not source or not source.is_file():
        return f"is of the source {source}, which is missing"
    # `crate__module__name`, with a number where a test has several.
    name = re.sub(r"-\d+$", "", snapshot.stem.rsplit("__", 1)[-1])
    text = source.read_text(encoding="utf-8")
    if not re.search(rf'\bfn (test_)?{re.escape(name)}\b|assert_\w*snapshot!\(\s*"{re.escape(name)}"', text):
        return f"is of `{name}`, which {source} does not have"
    return None


def unused(snapshot, used):
    return None if snapshot.resolve() in used else "was compared with by no test"


def main(arguments):
    look = problem
    if arguments[:1] == ["--used"]:
        used = {Path(line).resolve() for line in Path(arguments[1]).read_text(encoding="utf-8").splitlines()}
        arguments, look = arguments[2:], lambda snapshot: unused(snapshot, used)
    snapshots = [Path(name) for name in arguments]
    found = [f"{snapshot}: {reason}" for snapshot in snapshots if snapshot.is_file() and (reason := look(snapshot))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
