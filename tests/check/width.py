"""Looks for comments that are too wide to be read beside another file. scripts/check runs it with the files."""

import re
import sys
from pathlib import Path

MOST = 132
# A comment that stands on lines of its own: what follows code is as wide as the code lets it be. The marks by the ends of names.
RUST = re.compile(r"\s*//")
OTHERS = re.compile(r"\s*#(?!!)")
# An address cannot be broken.
ADDRESS = re.compile(r"https?://\S+")


def mark(path):
    return RUST if path.suffix in (".rs", ".ts", ".go", ".mjs") else OTHERS


def problems(path):
    comment = mark(path)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if len(line) > MOST and comment.match(line) and not ADDRESS.search(line):
            yield f"{path}:{number}: a comment of {len(line)} characters: at most {MOST}"


def main():
    found = [problem for name in sys.argv[1:] if Path(name).is_file() for problem in problems(Path(name))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
