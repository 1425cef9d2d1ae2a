"""configs/seed_experiment.yaml: read as it stands, and run over small models in the places that its
comments fetch the real ones to."""

import json
import re
import shutil

import pytest

from harness import ROOT, attnsweep, write_model
from word_tokenizer import word_tokenizer

CONFIG = "configs/seed_experiment.yaml"
FOLDERS = {
    "distilbert-base": "distilbert-base-uncased", "bert-base": "bert-base-uncased",
    "bert-large": "bert-large-uncased", "gpt2": "gpt2", "roberta-base": "roberta-base",
}


@pytest.fixture
def place(tmp_path):
    """A folder with configs/ and no models."""
    (tmp_path / "configs").mkdir()
    for file in (ROOT / "configs").glob("seed_experiment.*"):
        shutil.copy(file, tmp_path / "configs")
    return tmp_path


def test_the_missing_models_are_named_and_nothing_else(place):
    done = attnsweep("validate", CONFIG, cwd=place)
    assert done.returncode == 4, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    # A control has its trained model's folder.
    missing = {**FOLDERS, "bert-base-untrained.0": "bert-base-uncased", "gpt2-untrained.0": "gpt2"}
    assert errors == [f"error: models.{model}: {place / 'models' / folder}: no such folder; expected"
                      " a Hugging Face model directory" for model, folder in missing.items()]


def test_its_comments_fetch_what_it_names():
    text = (ROOT / CONFIG).read_text()
    fetched = [repo.split("/")[1] for repo in
               re.findall(r"^# +attnsweep corpus fetch --model (\S+)$", text, re.MULTILINE)]
    assert fetched == list(FOLDERS.values())
    assert re.findall(r"path: \.\./models/(\S+)", text) == fetched


def test_it_runs(place):
    for seed, folder in enumerate(FOLDERS.values()):
        write_model(place / "models" / folder, seed=seed, n_layers=4)
        (place / "models" / folder / "tokenizer.json").write_text(word_tokenizer())
    done = attnsweep("run", CONFIG, "--output", "run", cwd=place)
    assert done.returncode == 0, done.stderr
    done = attnsweep("reduce", "run", "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    assert {cell["model"] for cell in cells} == {
        *FOLDERS, *(f"{m}-untrained.{k}" for m in ("bert-base", "gpt2") for k in range(3))}
    assert {cell["sequences"] for cell in cells} == {4}
