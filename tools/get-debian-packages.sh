#!/usr/bin/env bash
# Fetches Debian packages (main and non-free) and unpacks them into DIR/root, with a private apt state:
# nothing outside DIR is touched and nothing is installed. The mirror and its key are the machine's own.
#
#   tools/get-debian-packages.sh SUITE DIR PACKAGE...
#   tools/get-debian-packages.sh bookworm artifacts/nvrtc libnvrtc11.2 libnvrtc-builtins11.8
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: $0 SUITE DIR PACKAGE..." >&2
  exit 2
fi
for tool in apt-get dpkg awk; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is missing: this needs a Debian-like system" >&2; exit 3; }
done

suite=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2

sources=/etc/apt/sources.list.d/debian.sources
[ -f "$sources" ] || sources=/etc/apt/sources.list
if [ "${sources##*.}" = sources ]; then
  mirror=$(awk '/^URIs:/ { print $2; exit }' "$sources")
  key=$(awk '/^Signed-By:/ { print $2; exit }' "$sources")
else
  mirror=$(awk '/^deb /{ for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }' "$sources")
  key=
fi
[ -n "$mirror" ] || { echo "$0: no mirror in $sources" >&2; exit 3; }

trap 'rm -rf "$dir/apt" "$dir/deb"' EXIT
mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial" "$dir/apt/parts" "$dir/deb" "$dir/root"
echo "deb [signed-by=${key:-/usr/share/keyrings/debian-archive-keyring.gpg}] $mirror $suite main non-free" > "$dir/apt/sources.list"

private_apt=(
  apt-get -qq
  -o "Dir::Etc::sourcelist=$dir/apt/sources.list"
  -o "Dir::Etc::sourceparts=$dir/apt/parts"
  -o "Dir::State::lists=$dir/apt/lists"
  -o "Dir::Cache=$dir/apt"
  -o "Dir::Cache::archives=$dir/apt/archives"
  -o Acquire::Languages=none
  -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false
  -o Acquire::Retries=3
)
[ "$(id -u)" -ne 0 ] || private_apt+=(-o APT::Sandbox::User=root)

"${private_apt[@]}" update
(cd "$dir/deb" && "${private_apt[@]}" download "$@")
for package in "$dir"/deb/*.deb; do
  dpkg -x "$package" "$dir/root"
done
