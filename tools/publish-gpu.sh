#!/usr/bin/env bash
# Publishes what a machine with a GPU needs to check and measure the CUDA device, and that has neither .NET nor a network: the command, the benchmarks and the
# tests of kernels and device, self-contained for linux-x64, in one folder and one archive. On that machine: unpack, then ./check.sh cuda, and ./bench.
#   tools/publish-gpu.sh [FOLDER]    the folder is made anew; artifacts/gpu if left out. The archive lies beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-artifacts/gpu}
archive=$out.tar.xz
most=$((60 * 1024 * 1024)) # bytes, packed

rm -rf "$out" "$archive"
mkdir -p "$out"
for project in src/Cli bench tests/Kernels tests/Cuda; do
  # Without ICU, which such a machine may lack; nothing of ours is written in a culture's way.
  dotnet publish -c Release "$project" -r linux-x64 --self-contained -p:InvariantGlobalization=true -p:DebugType=none -o "$out" >"$out.log" 2>&1 ||
    { cat "$out.log"; exit 1; }
  rm -f "$out.log"
done
find "$out" -name '*.xml' -delete
rm -rf "$out/amd64" # BenchmarkDotNet's tracing on Windows
# Tests find their data below the folder of the solution.
mkdir -p "$out/tests/data/golden"
cp -r tests/data/golden/results tests/data/golden/batch3 "$out/tests/data/golden/"
cp AlexNetCuda.sln "$out/"

cat >"$out/bench" <<'BENCH'
#!/usr/bin/env bash
# The benchmarks; arguments as those of 'dotnet run --project bench --'. Results lie in BenchmarkDotNet.Artifacts of the working directory.
exec "$(dirname "$(readlink -f "$0")")/AlexNetCuda.Bench" "$@"
BENCH

cat >"$out/check.sh" <<'CHECK'
#!/usr/bin/env bash
# Everything that shows whether this machine's GPU computes what it should: ./check.sh cuda, or sim for the simulated one. One report a step, in reports/.
set -uo pipefail
cd "$(dirname "$0")"
device=${1:-cuda}
golden=tests/data/golden/results
all=("$golden"/*.json) alexnets=("$golden"/*alexnet*.json "$golden"/caffenet.json)
if [ "$device" = sim ]; then
  # A simulated GPU takes minutes for a network at full size: one file, and the tests stay off a GPU.
  all=("$golden/alexnet-same.json") alexnets=("$golden/alexnet-same.json")
  export ALEXNETCUDA_TEST_GPU=0
fi
rm -rf reports
mkdir -p reports

# Runs a step, and says how it ended and how long it took.
step() {
  local name=$1 began=$SECONDS result=passed more=
  shift
  "$@" >"reports/$name.txt" 2>&1 || { result=FAILED; more="; see reports/$name.txt"; }
  printf '%s  %s, %d s%s\n' "$result" "$name" $((SECONDS - began)) "$more" | tee -a reports/summary.txt
}

doctor=(./alexnet doctor)
[ "$device" = sim ] && doctor+=(--device sim)
step doctor "${doctor[@]}"

# Nothing of these is timed but the choice of algorithms, so they run side by side: the tests, and what the command checks, one after the other.
step kernels ./AlexNetCuda.Kernels.Tests -noColor &
step device ./AlexNetCuda.Cuda.Tests -noColor &
step selftest ./alexnet selftest --device "$device"
step verify-float32 ./alexnet verify --device "$device" "${all[@]}"
for precision in tf32 float16 bfloat16; do
  step "verify-$precision" ./alexnet verify --device "$device" --precision "$precision" "${alexnets[@]}"
done
wait

passed=$(grep -c '^passed' reports/summary.txt)
failed=$(grep -c '^FAILED' reports/summary.txt)
echo "$passed steps passed, $failed failed, in $SECONDS s." | tee -a reports/summary.txt
[ "$failed" -eq 0 ]
CHECK
chmod +x "$out/check.sh" "$out/bench"

tar -C "$(dirname "$out")" -cf - "$(basename "$out")" | xz -T0 -6 >"$archive"
size=$(stat -c %s "$archive")
echo "$archive: $((size / 1024 / 1024)) MiB"
[ "$size" -le "$most" ] || { echo "That is more than $((most / 1024 / 1024)) MiB."; exit 1; }
