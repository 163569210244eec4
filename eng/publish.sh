#!/usr/bin/env bash
# Publishes one project for its image. The Dockerfiles' build stages and eng/images.sh call it.
# usage: eng/publish.sh PROJECT FOLDER [VERSION] [REVISION]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
project=$1 folder=$2 version=${3:-} revision=${4:-}

# Nobody compares formats in the server's image; libvips has 18 MB.
peers=
[[ $project != */Codec.Tool.csproj ]] || peers=-p:WithoutPeers=true

# A separate artifacts path: publishing for one runtime must not disturb the ordinary build.
rm -rf "$folder"
dotnet publish "$project" --configuration Release --runtime linux-x64 --no-self-contained --verbosity quiet --nologo \
  --artifacts-path artifacts/publish --output "$folder" -p:DebugType=none ${peers:+"$peers"} \
  ${version:+-p:Version="$version"} ${revision:+-p:SourceRevisionId="$revision"}
find "$folder" -name '*.xml' -delete

# libtorch: 34 MB are for Python and libtorch's own tests, and 92 MB are symbols of internal functions.
for unused in libtorch_python libtorchbind_test libjitbackend_test libbackend_with_compiler libaoti_custom_ops libnnapi_backend libshm; do
  rm -f "$folder/$unused.so"
done
if [[ -f $folder/libtorch_cpu.so ]]; then
  strip --strip-unneeded "$folder/libtorch_cpu.so"
fi
