#!/usr/bin/env bash
# run.sh: the set-up of jobs/setup.sh, then every test: ctest for the programs, pytest for the
# Python part. Both always run; the exit code is 1 if either failed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/common.sh
. "$root/jobs/common.sh"
(($# == 0)) || fail "no arguments are taken; usage: bash tests/run.sh" 2

bash "$root/jobs/setup.sh" --tests
bash "$root/jobs/fetch_minilm.sh"
"$root/build/venv/bin/python" "$root/jobs/make_fortunes.py"

prepare_mpi
cd "$root"
failed=0
step "C++ tests (a few minutes)"
ctest --preset release --no-tests=error -j "$(available_cores)" || failed=1
step "Python tests (about a minute)"
build/venv/bin/python -m pytest analysis/tests || failed=1
step "The programs as a user calls them (two minutes)"
build/venv/bin/python -m pytest -c tests/pytest.ini tests || failed=1
exit "$failed"
