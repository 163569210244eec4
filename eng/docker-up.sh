#!/usr/bin/env bash
# Makes a container engine answer: uses the one that does, or else installs Debian's and starts it without systemd.
# Safe to run again and from two places at once: there is never a second engine.
set -euo pipefail

answers() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
fail() { echo "docker-up: $*" >&2; exit 1; }

if version=$(answers); then
  echo "Docker $version answers."
  exit 0
fi

[[ -z ${DOCKER_HOST:-} ]] || fail "no engine answers at DOCKER_HOST=$DOCKER_HOST; start it there, or unset DOCKER_HOST to use one here."
[[ $(id -u) -eq 0 ]] || fail "no engine answers, and only root can start one: start Docker, or run this as root."

exec 9>/var/lock/codec-docker-up.lock
flock 9
if version=$(answers); then
  echo "Docker $version answers."
  exit 0
fi

if ! command -v dockerd >/dev/null; then
  command -v apt-get >/dev/null || fail "no dockerd here, and no apt-get to install it with: install Docker."
  echo "Installing docker.io…"
  apt-get update -qq
  # No service manager may be running; this script starts the engine itself.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends docker.io >/dev/null
fi

pid=$(cat /var/run/docker.pid 2>/dev/null || true)
if [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]; then
  fail "dockerd runs (process $pid) but does not answer; see its log."
fi

log=/var/log/codec-dockerd.log
# The lock's descriptor stays here: the engine outlives this script.
setsid dockerd >"$log" 2>&1 9>&- </dev/null &
engine=$!
for _ in $(seq 300); do
  if version=$(answers); then
    echo "Docker $version started; its log is $log."
    exit 0
  fi
  kill -0 "$engine" 2>/dev/null || break
  sleep 0.1
done
tail -n 20 "$log" >&2
fail "the engine did not start; the whole log is $log."
