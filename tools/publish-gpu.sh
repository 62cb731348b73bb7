#!/usr/bin/env bash
# Publishes what a machine with a GPU needs to check and measure the CUDA device, and that has neither .NET nor a network: the command and the tests of kernels
# and device, self-contained for linux-x64, in one folder and one archive. On that machine: unpack, then ./check.sh cuda.
#   tools/publish-gpu.sh [FOLDER]    the folder is made anew; artifacts/gpu if left out. The archive lies beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-artifacts/gpu}
archive=$out.tar.xz
most=$((60 * 1024 * 1024)) # bytes, packed

rm -rf "$out" "$archive"
mkdir -p "$out"
for project in src/Cli tests/Kernels tests/Cuda; do
  # Without ICU, which such a machine may lack; nothing of ours is written in a culture's way.
  dotnet publish -c Release "$project" -r linux-x64 --self-contained -p:InvariantGlobalization=true -p:DebugType=none -o "$out" >"$out.log" 2>&1 ||
    { cat "$out.log"; exit 1; }
  rm -f "$out.log"
done
find "$out" -name '*.xml' -delete
mkdir -p "$out/golden"
cp tests/data/golden/results/alexnet-*.json "$out/golden/"

cat >"$out/check.sh" <<'CHECK'
#!/usr/bin/env bash
# Everything that shows whether this machine's GPU computes what it should: ./check.sh cuda, or sim for the simulated one. One report a step, in reports/.
set -uo pipefail
cd "$(dirname "$0")"
device=${1:-cuda}
mkdir -p reports
failed=0
step() {
  local name=$1
  shift
  if "$@" >"reports/$name.txt" 2>&1; then echo "passed  $name"; else echo "FAILED  $name: see reports/$name.txt"; failed=1; fi
}
doctor=(./alexnet doctor)
[ "$device" = sim ] && doctor+=(--device sim)
step doctor "${doctor[@]}"
step selftest ./alexnet selftest --device "$device"
step verify ./alexnet verify --device "$device" golden/alexnet-same.json golden/alexnet-2012.json
step kernels ./AlexNetCuda.Kernels.Tests -noColor
step device ./AlexNetCuda.Cuda.Tests -noColor
exit $failed
CHECK
chmod +x "$out/check.sh"

tar -C "$(dirname "$out")" -cf - "$(basename "$out")" | xz -T0 -6 >"$archive"
size=$(stat -c %s "$archive")
echo "$archive: $((size / 1024 / 1024)) MiB"
[ "$size" -le "$most" ] || { echo "That is more than $((most / 1024 / 1024)) MiB."; exit 1; }
