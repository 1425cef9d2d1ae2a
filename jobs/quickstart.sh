#!/usr/bin/env bash
# quickstart.sh: from a clone to λ, in one command. Installs what is missing, builds, fetches a
# trained model and texts, measures both models of configs/quickstart.yaml on all cores, fits, and
# draws. About 5 minutes on two cores the first time; an interrupted call goes on where it was,
# and a second one ends in seconds.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/common.sh
. "$root/jobs/common.sh"
(($# == 0)) || fail "no arguments are taken; usage: bash jobs/quickstart.sh" 2

run="$root/runs/quickstart"
attnsweep="$root/build/release/attnsweep"

bash "$root/jobs/setup.sh"
bash "$root/jobs/fetch_minilm.sh"
"$root/build/venv/bin/python" "$root/jobs/make_fortunes.py"

ranks=$(available_cores)
prepare_mpi
step "Measuring on $ranks ranks (about a minute on two cores; nothing to do if it is complete)"
code=0
mpirun -n "$ranks" --oversubscribe --bind-to none \
  "$attnsweep" run "$root/configs/quickstart.yaml" --output "$run" || code=$?
case $code in
  0) ;;
  6) say "Some tasks failed (they are listed above); what follows is made from the rest." ;;
  75 | 13? | 14?) # stopped by itself, or killed by a signal
    say "The sweep stopped early. What was measured is kept in $run:"
    say "call 'bash jobs/quickstart.sh' again to go on."
    exit "$code"
    ;;
  *) exit "$code" ;;
esac

# Drawing is needed unless the page was made, with this version of the package, from what the
# fits still say.
page="$run/report/report.html"
drawn=no
if [[ $page -nt $run/summary.json &&
  -z $(find "$root/analysis/attnsweep" -type f -newer "$page" ! -name '*.pyc' -print -quit) ]]; then
  drawn=$(sha256sum <"$run/summary.json")
fi
step "Fitting λ, with intervals and verdicts (seconds)"
"$attnsweep" reduce "$run"
if [[ $drawn == "$(sha256sum <"$run/summary.json")" ]]; then
  touch "$page"
  say "The figures and the page are up to date."
else
  step "Drawing (seconds)"
  "$attnsweep" report "$run" >/dev/null
fi

say ""
say "Figure: $run/report/figure.pdf"
say "Page:   $run/report/report.html"
exit "$code"
