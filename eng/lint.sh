#!/usr/bin/env bash
# Checks the layout of every text file: CSharpier for C#; no line over 140 columns, no trailing space and no tab for all.
# Style beyond layout (braces, names, usings) is checked by the compiler's analyzers in every build.
#
# A longer line is allowed where a break would change the text: string literals in C#, tables and links in Markdown.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8
columns=140
failed=0

# Vendored, exported or generated (`make article` writes docs/article.md): their layout is not ours.
exempt=(':!protos/google' ':!docs/article.md' ':!docs/article' ':!*.sln' ':!*PublicAPI.*.txt' ':!*/Golden/*.txt' ':!LICENSE')
exempt+=(':!docs/operations/dashboard.json' ':!bench/results/*.json')

# files PATTERN...: tracked and new files, but neither ignored nor deleted ones.
files() {
  git ls-files --cached --others --exclude-standard --deduplicate -- "$@" "${exempt[@]}" | while read -r file; do
    [[ ! -f $file ]] || echo "$file"
  done
}

# matching REGEX PATTERN...: the lines that match, as FILE:LINE:TEXT; binary files are skipped.
matching() {
  local regex=$1
  shift
  files "$@" | xargs --delimiter '\n' --no-run-if-empty grep -InHE "$regex" || true
}

# complain REASON: reads FILE:LINE:TEXT and names file and line.
complain() {
  local lines
  lines=$(sed -E "s/^([^:]+:[0-9]+):.*/\1: $1/")
  if [[ -n $lines ]]; then
    echo "$lines" >&2
    failed=1
  fi
}

long="^.{$((columns + 1))}"
too_long="^[^:]+:[0-9]+:.{$((columns + 1))}"
reason="more than $columns columns"

# A string literal counts as its quotes, except in a comment.
complain "$reason" < <(matching "$long" '*.cs' | sed -E '/^[^:]+:[0-9]+: *\/\//!{ s/\\.//g; s/"[^"]*"/""/g }' | grep -E "$too_long")
complain "$reason" < <(matching "$long" '*.md' | grep -vE '^[^:]+:[0-9]+: *\||\]\(|://')
complain "$reason" < <(matching "$long" . ':!*.cs' ':!*.md')
complain "a space at its end" < <(matching '[[:space:]]+$' .)
complain "a tab" < <(matching $'\t' . ':!Makefile' ':!*.tsv')

# The compiler's analyzers demand braces round a body of several lines; a body of one line has none, unless its if has an else.
one_line_bodies='
  my $body = qr/(?!(?:if|for|foreach|while|using|lock|fixed|switch|try|do|const)\b)(?!var [^\n]* =)[^\n\/]*;/;
  while (/^( *)(?:if|for|foreach|while|await foreach)\b[^\n]*\n\1\{\n\1    $body\n\1\}\n(?!\1else)/mg) {
    print "$ARGV:" . (substr($_, 0, $-[0]) =~ tr/\n// + 1) . ":\n";
  }'
complain "braces round a body of one line" < <(files '*.cs' | xargs --delimiter '\n' perl -0777 -ne "$one_line_bodies")

if ! dotnet tool restore >/dev/null; then
  echo "lint: CSharpier cannot be restored (dotnet tool restore); the layout of C# was not checked." >&2
  exit 1
fi
dotnet csharpier check . || failed=1
exit $failed
