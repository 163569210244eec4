#!/usr/bin/env bash
# Ensures that a Docker engine answers: uses a running one, or else installs Debian's and starts it without systemd.
# Safe to run repeatedly and concurrently: a lock prevents a second engine.
set -euo pipefail

answers() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
fail() { echo "docker-up: $*" >&2; exit 1; }

if version=$(answers); then
  echo "Docker $version answers."
  exit 0
fi

[[ -z ${DOCKER_HOST:-} ]] ||
  fail "no engine answers at DOCKER_HOST=$DOCKER_HOST; start it there, or unset DOCKER_HOST to use one on this host."
[[ $(id -u) -eq 0 ]] || fail "no engine answers, and only root can start one; start Docker, or run this script as root."

exec 9>/var/lock/codec-docker-up.lock
flock 9
if version=$(answers); then
  echo "Docker $version answers."
  exit 0
fi

if ! command -v dockerd >/dev/null; then
  command -v apt-get >/dev/null || fail "neither dockerd nor apt-get is installed; install Docker."
  echo "Installing docker.io…"
  apt-get update -qq
  # RUNLEVEL=1 keeps the package from starting a service; this script starts the engine itself.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends docker.io >/dev/null
fi

pid=$(cat /var/run/docker.pid 2>/dev/null || true)
if [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]]; then
  fail "dockerd runs (process $pid) but does not answer; read its log."
fi

log=/var/log/codec-dockerd.log
# Close the lock's descriptor for the engine, which outlives this script and would keep the lock.
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
fail "the engine did not start; its whole log is $log."
