#!/usr/bin/env bash
# Runs the fuzz targets one after the other, beginning from the corpus. See README.md.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: fuzz/run.sh [--runs N | --seconds N] [--keep] [TARGET...]
  --runs N     inputs per target (default 20000): the short run, always the same ones
  --seconds N  how long each target runs instead, with another seed each time
  --keep       put what reached new code into the corpus, and make the corpus minimal again
Without TARGET: all of them. A crash leaves its input in fuzz/artifacts/TARGET and ends with status 1.
TEXT
}

runs=20000 seconds='' keep='' targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --runs | --seconds)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || {
        echo "$1 wants a whole number above 0" >&2
        exit 2
      }
      if [ "$1" = --runs ]; then runs=$2 seconds=''; else seconds=$2; fi
      shift
      ;;
    --keep) keep=1 ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*)
      usage >&2
      exit 2
      ;;
    *) targets+=("$1") ;;
  esac
  shift
done

fuzz=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$fuzz/.."
all=()
for folder in "$fuzz"/corpus/*/; do all+=("$(basename "$folder")"); done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [ -d "$fuzz/corpus/$target" ] || {
    echo "no target is called $target; there are: ${all[*]}" >&2
    exit 2
  }
done

# The runtime of libFuzzer as Debian packages it; any version does.
runtime=''
for library in /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-"$(uname -m)".a; do
  [ ! -e "$library" ] || runtime=$library
done
[ -n "$runtime" ] || {
  echo 'libFuzzer is missing: install the Debian packages libclang-rt-14-dev and libstdc++-12-dev' >&2
  exit 1
}

# What `cargo fuzz` would set, without a nightly toolchain: these flags are LLVM's own. A --target keeps them away from
# build scripts.
flags=(
  --cfg fuzzing
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Ccodegen-units=1
)
host=$(rustc -vV | sed -n 's/^host: //p')
output=${CARGO_TARGET_DIR:-target}
CUSTOM_LIBFUZZER_PATH=$runtime CUSTOM_LIBFUZZER_STD_CXX=stdc++ RUSTFLAGS="${flags[*]}" \
  cargo build --locked -p laqun-fuzz --features libfuzzer --profile fuzz --target "$host"
program=$output/$host/fuzz/laqun-fuzz

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=()
for target in "${targets[@]}"; do
  export LAQUN_FUZZ_TARGET=$target
  corpus=$fuzz/corpus/$target artifacts=$fuzz/artifacts/$target
  mkdir -p "$work/$target" "$artifacts"
  options=(-max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -use_value_profile=1)
  options+=("-artifact_prefix=$artifacts/")
  [ ! -e "$fuzz/dict/$target" ] || options+=("-dict=$fuzz/dict/$target")
  # Seed 1 makes the short run the same everywhere; -len_control=0 uses all lengths from the beginning.
  if [ -n "$seconds" ]; then options+=("-max_total_time=$seconds"); else options+=("-runs=$runs" -seed=1 -len_control=0); fi
  log=$work/$target.log
  if "$program" "${options[@]}" "$work/$target" "$corpus" >"$log" 2>&1; then
    rmdir "$artifacts"
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    begun=$(sed -n 's/.*INITED cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 (\2 features)/p' "$log")
    ended=$(sed -n 's/.*DONE *cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 (\2 features)/p' "$log")
    echo "$target: $executed inputs, $rate a second; coverage $begun at the beginning, $ended at the end"
  else
    failed+=("$target")
    tail -40 "$log"
    echo "$target: FAILED; its input is in fuzz/artifacts/$target"
  fi
  if [ -n "$keep" ]; then
    mkdir -p "$work/$target.new"
    # One input for each branch, not also for how often it was taken and with which values: that is too much to keep.
    "$program" -merge=1 -use_counters=0 -max_len=4096 "$work/$target.new" "$corpus" "$work/$target" >>"$log" 2>&1
    rm -rf "$corpus"
    mv "$work/$target.new" "$corpus"
    echo "$target: $(find "$corpus" -type f | wc -l) inputs kept, $(du -sb "$corpus" | cut -f1) bytes"
  fi
done
rmdir "$fuzz/artifacts" 2>/dev/null || true
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
