# shellcheck shell=bash
# Sourced by the scripts that run what is written in JavaScript.

# The oldest Node.js that runs it. Debian 12 has an older one, so there scripts/prepare brings another one into the target folder.
NODE_VERSION=20.19
own_node=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-$(dirname "${BASH_SOURCE[0]}")/../target}/node/bin")
[[ ! -x $own_node/node ]] || PATH=$own_node:$PATH

# Whether there is such a Node.js, with npm.
is_node_recent() {
  command -v npm >/dev/null && NODE_VERSION=$NODE_VERSION node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    const [least, least_minor] = process.env.NODE_VERSION.split(".").map(Number);
    process.exit(major > least || (major === least && minor >= least_minor) ? 0 : 1);' 2>/dev/null
}
