#!/usr/bin/env bash
# Prints the version of the product, which Directory.Build.props alone states.
set -euo pipefail
sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' "$(dirname "${BASH_SOURCE[0]}")/../Directory.Build.props"
