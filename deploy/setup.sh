#!/usr/bin/env bash
# Installs what CrisisLink needs into this checkout: .venv, frontend/node_modules, the built pages.
# Idempotent: each step leaves a stamp of what it was made from, and is skipped, silently, while that holds.
#   --test   also what only tests and checks need (development tools, Debian's Chromium, an OpenID provider)
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .setup

case "${1:-}" in "" | --test) ;; *) printf '✗ %s\n' "unknown option $1: only --test" >&2; exit 2 ;; esac

die() { printf '\n%s\n%s\n' "✗ $1" "  → $2" >&2; exit 1; }
say() { printf '· %s\n' "$1"; }
stamp() { cat "$@" 2>/dev/null | sha256sum | cut -d' ' -f1; }
fresh() { [ -f ".setup/$1" ] && [ "$(cat ".setup/$1")" = "$2" ]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}
apt_install() {
  command -v apt-get >/dev/null || return 1
  ( flock 9 # one at a time
    as_root apt-get update -q >.setup/apt.log 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>.setup/apt.log 2>&1
  ) 9>.setup/apt.lock
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || die "Python is missing. / Python est absent." "Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed." "Set PYTHON=python3.11 before the command."

python_packages() {
  want=$("$python" -c 'import sys; print(sys.version)'; stamp pyproject.toml deploy/constraints.txt)
  want=$(printf '%s' "$want" | sha256sum | cut -d' ' -f1)
  if ! fresh python "$want" || [ ! -x .venv/bin/crisislink ]; then
    say "Python packages / paquets Python (.venv)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      apt_install python3-venv || die "Python's venv module is missing, and this account cannot install it." "Run once as root: apt-get install python3-venv"
    fi
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null || { rm -rf .venv; "$python" -m venv .venv; }
    .venv/bin/python -m pip install -q --disable-pip-version-check -c deploy/constraints.txt -e '.[dev]' >.setup/pip.log 2>&1 \
      || { tail -n 5 .setup/pip.log >&2; die "Installing the Python packages failed." "Check the network or proxy, then run the command again. Details: .setup/pip.log"; }
    printf '%s' "$want" >.setup/python
  fi
}

pages() {
  command -v node >/dev/null && command -v npm >/dev/null || die "Node.js is missing. / Node.js est absent." "Install Node.js 20 or newer with npm."
  [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || die "Node.js 20 or newer is needed." "Found $(node --version)."
  want=$(node --version; stamp frontend/package.json frontend/package-lock.json)
  if ! fresh node "$want" || [ ! -d frontend/node_modules ]; then
    say "Front-end packages / paquets de l'interface (frontend/node_modules)"
    (cd frontend && npm ci --no-audit --no-fund --loglevel=error) >.setup/npm.log 2>&1 \
      || { tail -n 5 .setup/npm.log >&2; die "Installing the front-end packages failed." "Check the network or proxy, then run the command again. Details: .setup/npm.log"; }
    printf '%s' "$want" >.setup/node
  fi
  want=$(find frontend -path frontend/node_modules -prune -o -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -d' ' -f1)
  if ! fresh pages "$want" || [ ! -f crisislink/web/static/index.html ]; then
    say "Building the pages / construction des pages"
    (cd frontend && npm run --silent build) >.setup/build.log 2>&1 \
      || { tail -n 15 .setup/build.log >&2; die "Building the pages failed." "Details: .setup/build.log"; }
    printf '%s' "$want" >.setup/pages
  fi
}

debian_packages() {
  missing=()
  command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
  command -v bwrap >/dev/null || missing+=(bubblewrap)
  /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null \
    || missing+=(python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
  command -v redis-server >/dev/null || command -v valkey-server >/dev/null || missing+=(redis-server)
  ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing+=(faketime)
  command -v ffmpeg >/dev/null || missing+=(ffmpeg)
  command -v nft >/dev/null || [ -x /usr/sbin/nft ] || missing+=(nftables)
  if [ ${#missing[@]} -gt 0 ]; then
    say "For the tests: ${missing[*]}"
    apt_install "${missing[@]}" || die "The tests need Debian's packages ${missing[*]}, and this account cannot install them." "Run once as root: apt-get install ${missing[*]}"
  fi
}

provider() {
  independent=tests/oidc/provider
  want=$(node --version; stamp "$independent/package.json" "$independent/package-lock.json")
  if ! fresh provider "$want" || [ ! -d "$independent/node_modules" ]; then
    say "For the tests: an OpenID provider of others ($independent)"
    (cd "$independent" && npm ci --no-audit --no-fund --loglevel=error) >.setup/provider.log 2>&1 \
      || { tail -n 5 .setup/provider.log >&2; die "Installing the tests' OpenID provider failed." "Check the network or proxy, then run the command again. Details: .setup/provider.log"; }
    printf '%s' "$want" >.setup/provider
  fi
}

# Each waits for the network most of the time: beside one another. What fails says why itself.
parts=(python_packages)
[ -f frontend/package.json ] && parts+=(pages)
[ "${1:-}" = --test ] && parts+=(debian_packages provider)
started=()
trap 'trap "" TERM; kill 0; exit 130' INT TERM # what runs in the background does not hear Ctrl-C
for part in "${parts[@]}"; do
  "$part" &
  started+=($!)
done
failed=0
for one in "${started[@]}"; do wait "$one" || failed=1; done
exit "$failed"
