#!/usr/bin/env bash
# Renders a kustomization with kustomize, or with the kustomize inside kubectl.
# usage: eng/kustomize.sh FOLDER
set -euo pipefail
if command -v kustomize >/dev/null; then
  exec kustomize build "$1"
elif command -v kubectl >/dev/null; then
  exec kubectl kustomize "$1"
fi
echo "kustomize: neither kustomize nor kubectl is installed; install one." >&2
exit 127
