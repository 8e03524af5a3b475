"""A recipe of docs/ARCHITECTURE.md: which files it names, and whether they are those that its change needed."""

import re
from pathlib import PurePosixPath

DOCUMENT = "docs/ARCHITECTURE.md"
# A path in backquotes, which is from the folder of the repository, or the target of a link, which is from that of the document.
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]*)+)`|\]\(([\w./-]+)(?:#[\w-]*)?\)")


def text_of(document, name):
    """The recipe, between its two marks."""
    found = re.search(rf"<!-- recipe {name} -->\n(.*?)<!-- end -->", document, re.DOTALL)
    if not found:
        raise LookupError(f"{DOCUMENT} has no recipe {name}")
    return found[1]


def names_in(document):
    return re.findall(r"<!-- recipe ([\w-]+) -->", document)


def named(text):
    """The files that a recipe names. A folder ends with a slash, and stands for any file in it."""
    folder = PurePosixPath(DOCUMENT).parent
    return {found[1] or str(folder / found[2]) for found in PATH.finditer(text)}


def problems(text, changed):
    """What the recipe names that was not changed, and what was changed that it does not name."""
    paths = named(text)
    folders = {path for path in paths if path.endswith("/")}
    for path in sorted(paths - folders - set(changed)):
        yield f"it names {path}, which its change does not touch"
    for folder in sorted(folders):
        if not any(path.startswith(folder) for path in changed):
            yield f"it names {folder}, in which its change touches nothing"
    for path in sorted(set(changed) - paths):
        if not any(path.startswith(folder) for folder in folders):
            yield f"it does not name {path}, which its change needs"
