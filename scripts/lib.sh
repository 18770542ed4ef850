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

# install_unstarted HOW PACKAGE SERVICE: Debian would start the server for the whole machine, unless a policy forbids it.
install_unstarted() {
  policy=/usr/sbin/policy-rc.d
  ours=
  if [ ! -e "$policy" ]; then
    ours=yes
    how_to_undo=$1
    trap '$how_to_undo rm -f "$policy"' EXIT
    # shellcheck disable=SC2086 # "sudo -n" is two words
    printf '#!/bin/sh\nexit 101\n' | $1 tee "$policy" >/dev/null && $1 chmod 755 "$policy"
  fi
  installed=yes
  install_package "$1" "$2" || installed=
  # shellcheck disable=SC2086
  if [ -n "$ours" ]; then $1 rm -f "$policy"; trap - EXIT; fi
  [ -n "$installed" ] || return 1
  # shellcheck disable=SC2086
  if command -v systemctl >/dev/null 2>&1; then $1 systemctl disable --quiet "$3" >/dev/null 2>&1 || true; fi
}
