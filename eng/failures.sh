#!/usr/bin/env bash
# Summarizes the logs of failed `make` targets in at most 15 lines: failed tests with the first lines of their message, errors of
# the compiler and of packing, complaints of lint and audit. Often only the end of a CI run is shown, so .ci/run prints this last.
# usage: eng/failures.sh LOG...
set -euo pipefail
export LC_ALL=C.UTF-8
lines=15

sed 's/\x1b\[[0-9;]*m//g; s/\r$//' "$@" | awk '
  function flush() { if (name != "") print name (message == "" ? "" : ": " message); name = ""; message = ""; kept = 0 }
  # The block of a failed test: its name; indented by two, where it comes from and its message; indented by four, the stack.
  /^failed .* \([^)]*\)$/      { flush(); name = $0; sub(/ \([^)]*\)$/, "", name); next }
  name != "" && /^  (from |  at )/ { next }
  name != "" && /^  / {
    text = $0; sub(/^ +/, "", text)
    if (kept < 4 && text != "" && text !~ /^[↑↓]/ && text !~ /^\(pos/) { message = message (kept++ ? " | " : "") text }
    next
  }
  { flush() }
  # A test program that ended early, with no failed test of its own, and whatever the compiler, NuGet or lint complains of.
  / failed with [0-9]+ error|Aborted|Unhandled exception/      { print; next }
  /: (error|warning) [A-Z]+[0-9]+:|^(error|audit|lint): |^Error / { print; next }
  /^[^ :]+:[0-9]+: /                                           { print }
  END { flush() }
' | sed -E 's/ \[[^]]*proj\]$//' | sed "s|$PWD/||g" | awk '!seen[$0]++' | cut -c1-300 |
  awk -v most="$lines" 'NR < most || NR == most { held[NR] = $0 } END {
    for (i = 1; i <= NR && i <= most; i++) if (i < most || NR == most) print held[i]; else print "and " NR - most + 1 " more" }'
