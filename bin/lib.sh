# Sourced by the scripts beside it: the checkout's root, the tool chain on PATH, and how they speak.
set -euo pipefail

root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
export PATH="$root/.toolchain/node_modules/.bin:$PATH"
# onnxruntime reports its use to its maker over the network unless told not to.
export ORT_DISABLE_TELEMETRY="${ORT_DISABLE_TELEMETRY:-1}"

# One line per step. MILLRACE_QUIET=1 keeps only failures.
step() {
  [ "${MILLRACE_QUIET:-}" = 1 ] || printf '%-12s %s\n' "$1" "$2"
}

fail() {
  printf '%s: %s\n' "bin/$(basename "$0")" "$*" >&2
  exit 1
}

# The comment at the head of a script is its help: everything from line 2 to the first line that is none.
help() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p;}' "$0"
}

# Answers --help and returns otherwise.
answer_help() {
  case "${1:-}" in -h | --help) help && exit 0 ;; esac
}
