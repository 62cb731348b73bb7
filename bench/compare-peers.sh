#!/usr/bin/env bash
# Compares the CPU device with the fastest PyTorch and ONNX Runtime on this machine, step by step in turns, and says how many times as fast ours is.
# usage: bench/compare-peers.sh [--rows PATTERN] [--pairs N] [--threads N] [--exact] [--write FILE]      (--help explains)
# Installs the peers first, where they are not: Debian's python3-torch (1.13.1) with an OpenMP OpenBLAS beside it, and onnxruntime-node; they and the exported networks go to
# PEERS_DIR (default: artifacts/peers, 1.5 GB). DOTNET_EnableAVX512=0 compares the AVX2 kernels with peers held to AVX2.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=${PEERS_DIR:-$PWD/artifacts/peers}
for argument in "$@"; do [ "$argument" = --help ] && exec dotnet run -c Release --project bench -- compare --help; done

if ! [ -e "$peers/installed" ]; then
  command -v apt-get npm >/dev/null || { echo "compare-peers: apt-get (Debian's PyTorch) and npm (ONNX Runtime) are needed." >&2; exit 1; }
  sudo=(); [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  echo "Installing the peers into $peers..."
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" apt-get install -y -qq --no-install-recommends python3-torch python3-numpy libopenblas0-pthread >/dev/null
  mkdir -p "$peers/ort" "$peers/debs"
  (cd "$peers/debs" && apt-get download -qq libopenblas0-openmp libgomp1 && for deb in *.deb; do dpkg -x "$deb" ../debroot; done)
  (cd "$peers/ort" && npm init -y >/dev/null && npm install --ignore-scripts --silent onnxruntime-node@1.30.0)
  /usr/bin/python3 -W ignore bench/peers/export_onnx.py "$peers" a:32 c:32 c:1 d:32
  touch "$peers/installed"
fi

exec dotnet run -c Release --project bench -- compare "$peers" "$@"
