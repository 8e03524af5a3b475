"""Looks for links in Markdown files that lead nowhere: files of the repository, and headings in them. Addresses of other hosts
are not asked. scripts/check runs it with the files."""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def anchors(path):
    """The fragments that the headings of a file can be reached by, as GitHub makes them."""
    found, text = set(), FENCE.sub("", path.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", text, re.MULTILINE):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-")
        number = sum(re.fullmatch(re.escape(anchor) + r"(-\d+)?", other) is not None for other in found)
        found.add(f"{anchor}-{number}" if number else anchor)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def problems(path):
    for match in LINK.finditer(FENCE.sub("", path.read_text(encoding="utf-8"))):
        target = match[1] or match[2]
        # Addresses of hosts; and items of Rust in the README of a crate, which rustdoc looks for.
        if re.match(r"[a-z]+:", target) or re.fullmatch(r"[\w:]+", target):
            continue
        name, _, fragment = unquote(target).partition("#")
        file = (path.parent / name) if name else path
        if not file.exists():
            yield f"{path}: there is no {target}"
        elif fragment and file.suffix == ".md" and fragment not in anchors(file):
            yield f"{path}: there is no heading {target}"


def main():
    found = [problem for name in sys.argv[1:] for problem in problems(Path(name))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
