#!/usr/bin/env bash
# run.sh [--quick]: the table of speed and memory beside transformers and ONNX Runtime, in one run,
# one thread each. --quick: fewer texts, two rounds, a few minutes; the whole takes about an hour
# on a machine that is doing nothing else.
# Builds build/release; makes the Python environment build/benchmark/venv from requirements.txt
# (torch from PyPI: some gigabytes), unless ATTNSWEEP_BENCHMARK_PYTHON names a python that has it.
# The numbers behind the table: build/benchmark/speed.json.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=jobs/common.sh
. "$root/jobs/common.sh"
[[ $# == 0 || ($# == 1 && $1 == --quick) ]] ||
  fail "unknown arguments '$*'; usage: bash tests/benchmark/run.sh [--quick]" 2

here="$root/tests/benchmark"
scratch="$root/build/benchmark"
build=${ATTNSWEEP_BENCHMARK_BUILD:-$root/build/release}
python=${ATTNSWEEP_BENCHMARK_PYTHON:-$scratch/venv/bin/python}
mkdir -p "$scratch"

if [[ -z ${ATTNSWEEP_BENCHMARK_BUILD:-} ]]; then
  bash "$root/jobs/setup.sh" --tests
  bash "$root/jobs/fetch_minilm.sh"
  "$root/build/venv/bin/python" "$root/jobs/make_fortunes.py"
fi
if [[ ! -x $python ]]; then
  step "The Python environment of the peers (minutes: torch is large)"
  python3 -m venv "$scratch/venv"
  logged benchmark_python "$python" -m pip install -r "$here/requirements.txt"
fi

prepare_mpi
export MKL_NUM_THREADS=1 HF_HUB_OFFLINE=1 PYTHONWARNINGS=ignore
step "Timing"
"$python" "$here/speed.py" "$build" "$scratch/scratch" "$scratch/speed.json" "$@"
