"""Follows the recipes of docs/ARCHITECTURE.md in a copy of the repository; `scripts/recipes` runs it.

    python run.py SCRATCH [NAME…]
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from support.report import Report

import changes
import recipe

ROOT = Path(__file__).resolve().parents[2]


class Scratch:
    """A copy of what is in the repository, or would be with the next commit. It is kept, so that less is built the next time."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.files = {}
        self.folder.mkdir(parents=True, exist_ok=True)

    def fill(self):
        """Makes it the repository again. A file that is the same keeps its time, and is not built anew."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
            cwd=ROOT, check=True, stdout=subprocess.PIPE,
        ).stdout.decode()
        wanted = {path: ROOT / path for path in listed.split("\0") if (ROOT / path).is_file()}
        for path in self.paths() - wanted.keys():
            (self.folder / path).unlink()
        # A folder without files is one of a crate that is gone, which Cargo would still take for a crate.
        for folder in sorted((path for path in self.folder.rglob("*") if path.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
        for path, source in wanted.items():
            copy = self.folder / path
            if not copy.is_file() or copy.read_bytes() != source.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
                shutil.copymode(source, copy)
        self.files = {path: source.read_bytes() for path, source in wanted.items()}

    def paths(self):
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def changed(self):
        """The files that are not what they were."""
        paths = self.paths()
        gone = self.files.keys() - paths
        return gone | {path for path in paths if self.files.get(path) != (self.folder / path).read_bytes()}

    def run(self, *command, may_fail=False, **environment):
        """Runs a command, which must succeed unless it may fail."""
        print(f"  {' '.join(command)}", flush=True)
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "CARGO_TERM_COLOR": "never", **environment}
        run = subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", check=False,
        )
        if run.returncode != 0 and not may_fail:
            raise AssertionError(f"`{' '.join(command)}` failed, so the recipe is not enough:\n{run.stdout[-6000:]}")
        return run.stdout

    def replace(self, path, old, new):
        """Replaces the first of a text in a file, which must be there."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        if old not in text:
            raise AssertionError(f"{path} has no {old!r}: tests/recipes/changes.py needs a change of its own")
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def add(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, path):
        return (self.folder / path).read_text(encoding="utf-8")


def follow(scratch, name):
    """What is wrong with a recipe, or nothing."""
    text = recipe.text_of((ROOT / recipe.DOCUMENT).read_text(encoding="utf-8"), name)
    scratch.fill()
    try:
        changes.RECIPES[name](scratch)
    except AssertionError as failure:
        return str(failure)
    return "\n".join(recipe.problems(text, scratch.changed())) or None


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    scratch = Scratch(sys.argv[1])
    document = (ROOT / recipe.DOCUMENT).read_text(encoding="utf-8")
    names = sys.argv[2:] or recipe.names_in(document)
    report = Report("recipes")
    for name in names:
        begin = time.monotonic()
        if name not in changes.RECIPES:
            problem = f"tests/recipes/changes.py has no change for the recipe {name}"
        else:
            problem = follow(scratch, name)
        files = len(recipe.named(recipe.text_of(document, name)))
        report.add(name, "FAILED" if problem else "ok", problem or f"{files} paths, {time.monotonic() - begin:.0f} s")
    scratch.fill()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
