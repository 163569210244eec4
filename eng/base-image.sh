#!/usr/bin/env bash
# Builds codec/base:runtime and codec/base:aspnet, which replace the official .NET images where no registry answers: a few Debian
# packages, and the .NET runtime that is installed on this host. No shell, no package manager, user 1654, as in the official images.
# For building and testing; use the official images and their updates in production.
set -euo pipefail

fail() { echo "base-image: $*" >&2; exit 1; }
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
  fail "this host is neither Debian nor Ubuntu; set BASE_IMAGE and BUILD_IMAGE to images that you have."
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | awk '$1 == "Microsoft.AspNetCore.App" && $2 ~ /^10\./ { found = $2 } END { print found }')
[[ -n $version ]] || fail "no ASP.NET Core 10 runtime is installed; install the .NET SDK 10."

# .NET needs these libraries, and ca-certificates for https. It does not need ICU, because globalization is invariant.
packages=(libc6 libgcc-s1 libssl3 libstdc++6 zlib1g ca-certificates)
recipe=$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-12)-$version
labelled() { [[ $(docker image inspect --format '{{index .Config.Labels "codec.recipe"}}' "codec/base:$1" 2>/dev/null) == "$recipe" ]]; }
if labelled runtime && labelled aspnet; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/packages" "$work/root"
cd "$work/packages"
apt-get download -qq "${packages[@]}" 2>/dev/null || { apt-get update -qq && apt-get download -qq "${packages[@]}"; } ||
  fail "Debian's packages cannot be fetched; check apt's sources and the network."

root=$work/root
for package in *.deb; do
  dpkg-deb --extract "$package" "$root"
done
mkdir -p "$root"/{dev,proc,sys,run,home/app,tmp} "$root/etc/ssl/certs" "$root/usr/share/dotnet" "$root/usr/bin"
chmod 1777 "$root/tmp"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
# Keep the licences; remove manuals, translations and character sets, which no program here reads.
rm -rf "$root"/usr/share/{man,locale,lintian,bash-completion,ca-certificates} "$root"/usr/lib/*/gconv "$root"/usr/sbin "$root"/sbin
printf 'root:x:0:0:root:/root:/sbin/nologin\napp:x:1654:1654::/home/app:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\napp:x:1654:\n' >"$root/etc/group"
chown 1654:1654 "$root/home/app"

cp -a "$dotnet/dotnet" "$dotnet/LICENSE.txt" "$dotnet/ThirdPartyNotices.txt" "$dotnet/host" "$root/usr/share/dotnet/"
ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
import() {
  tar --create --directory "$root" --sort=name . |
    docker import --change 'ENV PATH=/usr/bin APP_UID=1654 DOTNET_RUNNING_IN_CONTAINER=true DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true' \
      --change "LABEL codec.recipe=$recipe" - "codec/base:$1" >/dev/null
}
framework() { mkdir -p "$root/usr/share/dotnet/shared/$1" && cp -a "$dotnet/shared/$1/$version" "$root/usr/share/dotnet/shared/$1/"; }
framework Microsoft.NETCore.App
import runtime
framework Microsoft.AspNetCore.App
import aspnet
docker image ls --format 'Base image {{.Repository}}:{{.Tag}}, {{.Size}}' codec/base
