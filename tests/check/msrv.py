"""Looks for dependencies that need a later Rust than the workspace promises. Reads what `cargo metadata` prints.

The lints know which functions of the standard library are later; this knows the rest, without that Rust.
"""

import json
import sys


def version(text):
    """`1.89` and `1.89.0` are one version."""
    return tuple(map(int, (text.split("-")[0] + ".0.0").split(".")[:3]))


def promised(metadata):
    """What our crates promise, which is one version for all."""
    [found] = {package["rust_version"] for package in metadata["packages"] if package["source"] is None}
    return found


def problems(metadata):
    ours = promised(metadata)
    for package in metadata["packages"]:
        needed = package.get("rust_version")
        if needed and version(needed) > version(ours):
            yield f"{package['name']} {package['version']} needs Rust {needed}, and {ours} is promised"


def main():
    metadata = json.load(sys.stdin)
    if sys.argv[1:] == ["--promised"]:
        print(promised(metadata))
        return 0
    found = list(problems(metadata))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
