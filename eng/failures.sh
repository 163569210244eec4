#!/usr/bin/env bash
# Summarizes the logs of failed `make` targets in at most 15 lines: failed tests with the first lines of their message, errors of
# the compiler and of packing, complaints of lint and audit. Often only the end of a CI run is shown, so .ci/run prints this last.
# usage: eng/failures.sh LOG...
set -euo pipefail
export LC_ALL=C.UTF-8
lines=15

plain() { sed 's/\x1b\[[0-9;]*m//g; s/\r$//' "$1"; }

complaints() {
  awk '
    function flush() { if (name != "") print name (message == "" ? "" : ": " message); name = ""; message = ""; kept = 0 }
    # A failed test: its name; indented by two, its program and its message; indented by four, the stack.
    /^failed .* \([^)]*\)$/          { flush(); name = $0; sub(/ \([^)]*\)$/, "", name); next }
    name != "" && /^  (from |  at )/ { next }
    name != "" && /^  / {
      text = $0; sub(/^ +/, "", text)
      if (kept < 4 && text != "" && text !~ /^[↑↓]/ && text !~ /^\(pos/) { message = message (kept++ ? " | " : "") text }
      next
    }
    { flush() }
    # A test program that ended early; and what the compiler, NuGet, CSharpier or lint complains of.
    / failed with [0-9]+ error|Aborted|Unhandled exception/              { print; next }
    /: (error|warning)( [A-Z]+[0-9]+)? ?:|^(error|audit|lint): |^Error / { print; next }
    /^[^ :]+:[0-9]+: /                                                   { print }
    END { flush() }
  ' | sed -E 's/ \[[^]]*proj\]$//' | sed "s|$PWD/||g" | awk '!seen[$0]++'
}

for log in "$@"; do
  found=$(plain "$log" | complaints || true)
  # Another kind of failure explains itself in its last lines.
  [[ -n $found ]] || found=$(plain "$log" | grep -vE '^ *$|^make: ' | tail -n 3 || true)
  echo "${found:-nothing in the log of make $(basename "$log")}"
done | cut -c1-300 | awk -v most="$lines" 'NR <= most { held[NR] = $0 } END {
  for (i = 1; i <= NR && i < most; i++) print held[i]
  if (NR == most) print held[most]
  if (NR > most) print "and " NR - most + 1 " more"
}'
