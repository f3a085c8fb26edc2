# Shell functions of run.sh and test.sh: what the system must have, and the project's own environment.
# Sourced, not run. Looks first and changes only what is missing, so that a second run needs no network.
# shellcheck shell=bash disable=SC2034

# What to look for | Debian's package | what it is for.
# Names of packages differ between distributions and releases, names of libraries and programs do not:
# lib: a shared library, cmd: a program on PATH, file: a path (a pattern); ensurepip and Python.h: parts of Python.
#
# What the wheels of PySide6 and vLLM do not bring. Qt names xcb-cursor0 whichever of the xcb libraries is missing.
APP_NEEDS=(
  "ensurepip|python3-venv|makes the environment in .venv"
  "lib:libglib-2.0.so.0|libglib2.0-0|Qt"
  "lib:libEGL.so.1|libegl1|Qt: drawing"
  "lib:libGL.so.1|libgl1|Qt: drawing"
  "lib:libdbus-1.so.3|libdbus-1-3|the tray icon and notifications"
  "lib:libfontconfig.so.1|libfontconfig1|Qt: fonts"
  "lib:libbrotlidec.so.1|libbrotli1|Qt: fonts"
  "lib:libxkbcommon-x11.so.0|libxkbcommon-x11-0|Qt on X11: the keyboard"
  "lib:libxcb-cursor.so.0|libxcb-cursor0|Qt on X11"
  "lib:libxcb-icccm.so.4|libxcb-icccm4|Qt on X11"
  "lib:libxcb-keysyms.so.1|libxcb-keysyms1|Qt on X11"
  "lib:libxcb-shape.so.0|libxcb-shape0|Qt on X11"
  "lib:libwayland-cursor.so.0|libwayland-cursor0|Qt on Wayland"
  "lib:libnuma.so.1|libnuma1|vLLM on the processor"
  "cmd:c++|g++|vLLM compiles parts of the model when it starts"
  "Python.h|python3-dev|vLLM compiles parts of the model when it starts"
)
# The tests show the app on a real desktop of their own; the compiler above builds their stand-in for NVIDIA's library.
TEST_NEEDS=(
  "cmd:Xvfb|xvfb|a screen of the tests' own"
  "cmd:dbus-daemon|dbus|a message bus of the tests' own"
  "cmd:openbox|openbox|a window manager"
  "cmd:xfce4-panel|xfce4-panel|a panel with a tray"
  "cmd:trayer|trayer|a tray of the old kind"
  "file:/usr/lib/*/xfce4/notifyd/xfce4-notifyd|xfce4-notifyd|shows notifications"
  "cmd:dunst|dunst|shows notifications, without buttons"
  "cmd:gnome-keyring-daemon|gnome-keyring|keeps secrets"
  "file:/usr/libexec/at-spi-bus-launcher|at-spi2-core|lets the tests find buttons by their label"
  "cmd:xdotool|xdotool|clicks"
  "cmd:scrot|scrot|takes pictures of the screen"
  "cmd:xprop|x11-utils|looks at windows"
  "cmd:strace|strace|lists every connection of a whole story"
)

# What only some tests need; where the distribution has no such package they are left out, and pytest says so.
TEST_WISHES=("cmd:chromium|chromium|opens web pages that ask the server")

say() { printf '%s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# Prints the first Python of 3.11 or later, or nothing.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    if [[ -n $candidate ]] && command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

_libraries=""
_has() {
  local what=${1#*:}
  case $1 in
    lib:*)
      [[ -n $_libraries ]] || _libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p)
      [[ $_libraries == *"$what"* ]]
      ;;
    cmd:*) command -v "$what" >/dev/null ;;
    file:*) compgen -G "$what" >/dev/null ;;
    ensurepip) "$(find_python)" -c 'import ensurepip, venv' 2>/dev/null ;;
    Python.h) "$(find_python)" -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' 2>/dev/null ;;
    python) [[ -n $(find_python) ]] ;;
  esac
}

# need "probe|package|purpose"...: installs what is missing with apt, or names it and stops.
need() {
  local entry probe package purpose missing=() packages=()
  for entry in "$@"; do
    IFS='|' read -r probe package purpose <<<"$entry"
    _has "$probe" && continue
    missing+=("$(printf '  %-22s %s' "$package" "$purpose")")
    packages+=("$package")
  done
  ((${#missing[@]})) || return 0
  say "These system packages are missing:"
  say "$(printf '%s\n' "${missing[@]}")"
  if ! command -v apt-get >/dev/null; then
    die "The names are Debian's. Please install your distribution's packages for them and run this again."
  fi
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "Please run as root: apt-get install --no-install-recommends ${packages[*]}"
    as_root=(sudo)
  fi
  local install=("${as_root[@]}" apt-get install --no-install-recommends "${packages[@]}")
  say "Installing them: ${install[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    "${packages[@]}" >/dev/null || die "apt could not install them; its own words are above."
  _libraries=""
  for entry in "$@"; do
    _has "${entry%%|*}" || die "Still missing after the installation: ${entry%%|*}"
  done
}

# wish "probe|package|purpose"...: as need, but goes on without what the distribution does not have.
wish() {
  local entry probe package purpose
  for entry in "$@"; do
    IFS='|' read -r probe package purpose <<<"$entry"
    _has "$probe" && continue
    if command -v apt-cache >/dev/null && apt-cache show "$package" 2>/dev/null | grep -q '^Filename:' &&
      ! apt-cache depends "$package" | grep -qw snapd; then
      (need "$entry") || say "Going on without it; the tests that need it are left out."
    else
      say "Without $package ($purpose): this system has no such package, and Ubuntu's is a stand-in for a snap."
    fi
  done
}

# Finds or installs a Python that is new enough; stops when the distribution has none.
need_python() {
  if [[ -z $(find_python) ]]; then
    if command -v python3 >/dev/null; then
      die "Python 3.11 or later is needed, and $(python3 --version) is what is here. Debian 12, Ubuntu 24.04" \
        "and later have it. With another one beside it: PYTHON=/path/to/python3.12 bash $0"
    fi
    need "python|python3|runs the program"
  fi
}

# environment STAMP LOCK...: makes .venv from lock files, unless they are what it was made from.
environment() {
  local name=$1 stamp lock requirements=()
  shift
  stamp=$(sha256sum "$@" pyproject.toml | sha256sum)
  if [[ -x .venv/bin/vllm-tray && -f .venv/$name && $(<".venv/$name") == "$stamp" ]] && .venv/bin/python -c ''; then
    return
  fi
  if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Making the environment .venv"
    "$(find_python)" -m venv --clear .venv
  fi
  for lock in "$@"; do requirements+=(--requirement "$lock"); done
  say "Getting the packages of $*"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes "${requirements[@]}" >&2
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . >&2
  printf '%s\n' "$stamp" >".venv/$name"
}

# Qt and Python want UTF-8; a bare system has no locale at all.
need_utf8() {
  if [[ $(locale charmap 2>/dev/null) != UTF-8 ]]; then
    export LANG=C.UTF-8 LC_ALL=C.UTF-8
  fi
}
