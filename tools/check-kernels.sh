#!/usr/bin/env bash
# Fetches NVRTC 11.8.89 where it is not there yet, and checks the committed PTX against the sources.
# Where NVRTC cannot be had the check prints SKIPPED and succeeds, unless --require-nvrtc is given.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${ALEXNETCUDA_NVRTC:-}" ] && [ ! -d artifacts/nvrtc/root ]; then
  tools/get-debian-packages.sh bookworm artifacts/nvrtc libnvrtc11.2 libnvrtc-builtins11.8 ||
    { echo "NVRTC could not be fetched." >&2; rm -rf artifacts/nvrtc; }
fi
exec dotnet run -c Release --project src/Cli -- kernels check "$@"
