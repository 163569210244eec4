#!/usr/bin/env bash
# Compiles a program ahead of time (Native AOT) for Linux on x64: one file that needs no .NET, and its native libraries. A warning is an
# error. Needs clang or gcc.
# usage: eng/native.sh PROJECT FOLDER
set -euo pipefail
project=$1 folder=$2

linker=$(command -v clang || command -v gcc) || {
  echo "native: install clang or gcc, which links the program (apt-get install gcc)." >&2
  exit 1
}
# The project's ordinary build keeps its own intermediate files.
dotnet publish "$project" --configuration Release --runtime linux-x64 --output "$folder" --artifacts-path "$folder-build" --nologo \
  --verbosity quiet -warnaserror -p:PublishAot=true -p:CppCompilerAndLinker="$(basename "$linker")" -p:TrimmerSingleWarn=false \
  -p:DebugType=none -p:CopyOutputSymbolsToPublishDirectory=false -p:PublishDocumentationFiles=false
