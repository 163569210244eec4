#!/usr/bin/env bash
# Does what docker-compose.yml does with plain docker calls, for hosts without compose: server, trainer, producer and subscriber.
# usage: eng/compose.sh [up|down]      up returns when the subscriber has printed what the codes save; the server runs until down.
# CODEC_SOURCE and CODEC_DATA as in docker-compose.yml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$(eng/version.sh)
source=${CODEC_SOURCE:-synthetic}
data=${CODEC_DATA:+$(realpath "$CODEC_DATA")}
# Only images that were built here: without a registry in its name, an image would be pulled from a public one, where it is not ours.
confined=(--pull never --read-only --cap-drop ALL --security-opt no-new-privileges --network codec)

trainer() {
  local name=$1
  shift
  docker run --rm --name "codec-$name" "${confined[@]}" --env CODEC_DATA=/faces \
    --volume codec_models:/data --volume "${data:-codec_faces}:/faces:ro" "codec/trainer:$version" "$@"
}

# The command line comes with the server's image.
codec() {
  local name=$1
  shift
  docker run --rm --name "codec-$name" "${confined[@]}" --env CODEC_SERVER=http://server:5080 --env HOME=/data \
    --volume codec_models:/data --entrypoint /app/codec "codec/server:$version" "$@"
}

down() {
  docker rm --force codec-server codec-train codec-faces codec-publish codec-produce codec-subscribe >/dev/null 2>&1 || true
  docker network rm codec >/dev/null 2>&1 || true
  docker volume rm codec_store codec_models codec_faces >/dev/null 2>&1 || true
}

up() {
  docker network inspect codec >/dev/null 2>&1 || docker network create codec >/dev/null
  docker run --detach --name codec-server --network-alias server "${confined[@]}" --volume codec_store:/data \
    --publish 127.0.0.1:5080:5080 --health-interval 1s "codec/server:$version" --allow-anonymous >/dev/null
  trainer train train faces --source "$source" --output /data/faces-32.codec
  trainer faces images /data/faces --source "$source"
  until [[ $(docker inspect --format '{{.State.Health.Status}}' codec-server) == healthy ]]; do
    [[ $(docker inspect --format '{{.State.Running}}' codec-server) == true ]] || { docker logs codec-server >&2; exit 1; }
    sleep 0.2
  done
  trainer publish publish /data/faces-32.codec --server http://server:5080
  codec produce publish faces /data/faces --model faces-32 --quality 1 --create >/dev/null &
  producer=$!
  codec subscribe subscribe faces --output /data/received --from start --count 600 --create
  wait "$producer"
  echo "The server answers at http://127.0.0.1:5080; eng/compose.sh down removes it and its volumes."
}

case ${1:-up} in
  up) up ;;
  down) down ;;
  *) echo "compose: unknown command '$1'; use up or down." >&2; exit 2 ;;
esac
