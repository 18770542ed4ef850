# What the set-up scripts share; read with `.` from the root of the checkout.

fail() { echo "$*" >&2; exit 1; }

# Prints the command that makes one root: nothing for root, or sudo. Fails when there is no way.
become_root() {
  if [ "$(id -u)" = 0 ]; then return 0; fi
  command -v sudo >/dev/null 2>&1 || return 1
  if [ "${BMADFLOW_INSTALL:-}" = 1 ]; then echo sudo; return 0; fi
  [ "${1:-}" = quietly ] && sudo -n true 2>/dev/null && echo "sudo -n"
}

# install_package HOW PACKAGE: HOW is what become_root printed.
install_package() {
  command -v apt-get >/dev/null 2>&1 || return 1
  echo "Installing $2 …"
  # shellcheck disable=SC2086 # "sudo -n" is two words
  $1 env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$2" >/dev/null 2>&1 && return 0
  # shellcheck disable=SC2086
  $1 apt-get update -qq && $1 env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$2" >/dev/null
}
