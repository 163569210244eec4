#!/usr/bin/env bash
# Fails where a dependency, direct or transitive, has a published advisory.
# Package sources that list no advisories, or do not answer, leave nothing to audit: the script says so and succeeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# `dotnet list` reports no vulnerable package where the source has no advisories at all, so ask the sources first.
lists_advisories() {
  local source
  for source in $(dotnet nuget list source --format short | sed -nE 's/^E[A-Z]* (https?:.*)/\1/p'); do
    if curl --fail --silent --location --max-time 20 "$source" | grep -q VulnerabilityInfo; then
      return 0
    fi
  done
  return 1
}

if ! lists_advisories; then
  echo "audit: no package source that answers here lists advisories; the dependencies were not audited."
  exit 0
fi
if ! report=$(dotnet list Codec.sln package --vulnerable --include-transitive 2>&1); then
  echo "$report" >&2
  echo "audit: the advisories could not be read; the dependencies were not audited."
  exit 0
fi
if grep -q 'has the following vulnerable packages' <<<"$report"; then
  echo "$report" | sed -nE '/has the following vulnerable packages/p; /^ +> /s/^ +> /audit: /p' >&2
  exit 1
fi
echo "audit: no advisory is known for any dependency."
