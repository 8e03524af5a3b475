# shellcheck shell=bash
# Sourced by the scripts that bring what a machine lacks. It installs packages of Debian.

# Runs a command as root, through sudo where the caller is somebody else.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    # The prompt for a password goes to the terminal; without a terminal sudo fails and says so.
    sudo "$@"
  else
    echo "$(basename "$0"): this needs root, and there is no sudo: $*" >&2
    return 1
  fi
}

# debian_install PACKAGE…: installs packages, asking nothing. $WHAT says what they are for.
debian_install() {
  if ! command -v apt-get >/dev/null; then
    echo "$(basename "$0"): ${WHAT:-something} is missing, and there is no apt-get to install: $*" >&2
    echo "$(basename "$0"): install it by hand and try again" >&2
    return 1
  fi
  echo "installing ${WHAT:-what is missing} from Debian's packages: $*" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2 </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >&2 </dev/null
}
