#!/usr/bin/env bash
# Builds the images codec/server and codec/trainer, tagged with the version. An image whose inputs did not change is not rebuilt.
# usage: eng/images.sh [server] [trainer]
#
# With a registry, the Dockerfiles build everything on the official .NET images. Where no registry answers, or with IMAGES_FROM=host,
# this host publishes the programs, and the Dockerfiles' runtime stages put them on a base of the host's Debian packages and .NET
# runtime (eng/base-image.sh). IMAGES_FROM=registry requires a registry. BUILD_IMAGE and BASE_IMAGE name other images.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$(eng/version.sh)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[[ -z $(git status --porcelain 2>/dev/null) ]] || revision+=-modified
common=(Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt global.json .editorconfig .dockerignore
  eng protos src/Codec src/Codec.CommandLine src/Codec.Imaging
  src/Codec.Measurement src/Codec.Onnx src/CodecClient)
from=${IMAGES_FROM:-}

# default FILE ARG: the default value of an ARG in a Dockerfile.
default() { sed -nE "s/^ARG $2=(.*)/\1/p" "$1" | head -n 1; }

# have IMAGE: succeeds if the image is present or can be pulled.
have() { docker image inspect "$1" >/dev/null 2>&1 || docker pull --quiet "$1" >/dev/null 2>&1; }

# quietly COMMAND...: shows the command's output only if it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}

inputs() { find "$@" -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16; }

# image NAME DOCKERFILE PROJECT BASE [INPUT]...
image() {
  local name=$1 file=$2 project=$3 base=$4
  local tag="codec/$1:$version" hash
  shift 4

  if [[ -z $from ]]; then
    if have "${BASE_IMAGE:-$(default "$file" BASE_IMAGE)}" && have "${BUILD_IMAGE:-$(default "$file" BUILD_IMAGE)}"; then
      from=registry
    else
      echo "No registry answers: publishing on this host, on a base of its Debian packages and .NET runtime."
      from=host
    fi
  fi
  [[ $from == registry ]] || eng/base-image.sh

  hash=$(inputs "${common[@]}" "$file" "$(dirname "$project")" "$@")-$from
  if [[ $(docker image inspect --format '{{index .Config.Labels "codec.inputs"}}' "$tag" 2>/dev/null) == "$hash" ]]; then
    echo "Image $tag is up to date, $(size "$tag")"
    return
  fi

  local options=(--force-rm --tag "$tag" --label "codec.inputs=$hash"
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision")
  if [[ $from == registry ]]; then
    quietly docker build "${options[@]}" --file "$file" ${BUILD_IMAGE:+--build-arg "BUILD_IMAGE=$BUILD_IMAGE"} \
      ${BASE_IMAGE:+--build-arg "BASE_IMAGE=$BASE_IMAGE"} .
  else
    local folder=artifacts/images/$name
    eng/publish.sh "$project" "$folder/app" "$version" "$revision"
    mkdir -p "$folder/data"
    # The same Dockerfile, with a build stage that copies what the host published.
    { printf 'ARG BASE_IMAGE\nFROM scratch AS build\nCOPY app /image/app\nCOPY data /image/data\n'
      sed -n '/ AS runtime$/,$p' "$file"; } >"$folder/Dockerfile"
    DOCKER_BUILDKIT=0 quietly docker build "${options[@]}" --build-arg "BASE_IMAGE=${BASE_IMAGE:-codec/base:$base}" "$folder"
    rm -rf "$folder"
  fi
  echo "Image $tag, $(size "$tag")"
}

size() { docker image inspect --format '{{.Size}}' "$1" | awk '{ printf "%.0f MB", $1 / 1e6 }'; }

for name in "${@:-all}"; do
  case $name in
    server | all) image server src/CodecServer/Dockerfile src/Codec.Tool/Codec.Tool.csproj aspnet models src/CodecServer ;;&
    trainer | all) image trainer src/Trainer/Dockerfile src/Trainer/Trainer.csproj runtime build src/Codec.Datasets ;;&
    server | trainer | all) ;;
    *) echo "images: unknown image '$name'; use server or trainer." >&2; exit 2 ;;
  esac
done
