# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run; it only defines names and steps into the repository.

set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$repository"

environment=${TRACKERA_LAB_VENV:-$repository/.lab/venv}

# Talk goes to standard error: standard output belongs to the tools.
say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
    exit 1
}

# Where cargo puts what it builds, whichever way the user has told it.
binary() {
    [ -n "${target_directory:-}" ] || target_directory=$(cargo metadata --no-deps --offline --format-version 1 |
        "$environment/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
    printf '%s/debug/%s\n' "$target_directory" "$1"
}

# One version number is at least another.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }
