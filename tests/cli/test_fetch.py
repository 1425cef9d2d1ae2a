"""`attnsweep corpus fetch` from a hub stand-in on loopback: nothing here leaves the machine."""

import csv
import io
import json
import random
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from harness import ROOT, attnsweep, command, environment
from hub_stand_in import Fault, HubStandIn
from word_tokenizer import WORDS, word_tokenizer

TINY = ROOT / "tests" / "reference" / "tiny_models"


def model(name="bert_gelu"):
    files = {f.name: f.read_bytes() for f in (TINY / name).iterdir() if "attention" not in f.name}
    return {**files, "tokenizer.json": word_tokenizer(), "README.md": "a card\n",
            "pytorch_model.bin": b"\x80\x02", "onnx/model.onnx": b"onnx"}


def texts(n, seed):
    rng = random.Random(seed)
    return "".join(json.dumps({"text": " ".join(rng.choices(WORDS, k=rng.randint(8, 20))),
                               "id": f"{seed}-{i}"}) + "\n" for i in range(n))


@pytest.fixture
def hub():
    with HubStandIn() as started:
        started.add("tests/tiny", model())
        started.add("tests/words", {"data/train-0.jsonl": texts(30, 1), "README.md": "a card\n",
                                    "data/test-0.jsonl": texts(5, 2)}, kind="dataset")
        yield started


def settings(hub, folder, token=None, **more):
    return {**hub.environment(folder / "hf", token), "PYTHONPATH": str(ROOT / "analysis"),
            "ATTNSWEEP_PYTHON": sys.executable, **more}


def fetch(hub, folder, *words, token=None, **more):
    return attnsweep("corpus", "fetch", *words, cwd=folder, **settings(hub, folder, token, **more))


def ours(folder):
    """The names of what lies in a fetched folder, but for the notes of the fetch."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")
                  if p.is_file() and ".attnsweep" not in p.parts)


def test_a_study_over_what_was_fetched(hub, tmp_path):
    for words in (["--model", "tests/tiny"], ["--dataset", "tests/words", "--split", "train"]):
        done = fetch(hub, tmp_path, *words)
        assert done.returncode == 0, done.stderr
    assert done.stdout == "corpora/words\n"
    assert "files: [corpora/words/data/*.jsonl]" in done.stderr
    assert ours(tmp_path / "models" / "tiny") == ["config.json", "model.safetensors",
                                                  "tokenizer.json"]
    assert ours(tmp_path / "corpora" / "words") == ["data/train-0.jsonl"]
    for name in ("config.json", "model.safetensors"):
        assert (tmp_path / "models" / "tiny" / name).read_bytes() == \
            (TINY / "bert_gelu" / name).read_bytes()
    (tmp_path / "study.yaml").write_text(
        "study: fetched\nmodels: [{id: tiny, path: models/tiny}]\n"
        "corpora: [{id: words, files: [corpora/words/data/*.jsonl], max_tokens: 16}]\n"
        "norms: [frobenius]\n")
    done = attnsweep("validate", "study.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = attnsweep("run", "study.yaml", "--output", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(attnsweep("export", "run", cwd=tmp_path).stdout)))
    assert len(rows) == 30 * 2  # three layers, two pairs
    assert {row["sequence"] for row in rows} == {f"1-{i}" for i in range(30)}


def test_a_model_in_shards(hub, tmp_path):
    hub.add("tests/shards", model("bert_silu_bf16_sharded"))
    done = fetch(hub, tmp_path, "--model", "tests/shards", "--to", "m")
    assert done.returncode == 0, done.stderr
    expected = [n for n in ours(TINY / "bert_silu_bf16_sharded") if n != "attention.safetensors"]
    assert ours(tmp_path / "m") == sorted([*expected, "tokenizer.json"]) and len(expected) > 3


def test_a_complete_folder_is_left_without_a_look_at_the_hub(hub, tmp_path):
    assert fetch(hub, tmp_path, "--model", "tests/tiny").returncode == 0
    hub.requests.clear()
    done = fetch(hub, tmp_path, "--model", "tests/tiny")
    assert done.returncode == 0 and done.stdout == "models/tiny\n"
    assert "holds tests/tiny at aaaaaaaaaa whole; left as it is" in done.stderr
    assert hub.requests == []
    (tmp_path / "models" / "tiny" / "config.json").unlink()
    assert fetch(hub, tmp_path, "--model", "tests/tiny").returncode == 0
    assert hub.fetched("config.json") == 1 and hub.fetched("model.safetensors") == 0


def test_a_folder_that_another_tool_filled_is_taken_over_if_it_is_the_same(hub, tmp_path):
    shutil.copytree(TINY / "bert_gelu", tmp_path / "m")
    done = fetch(hub, tmp_path, "--model", "tests/tiny", "--to", "m")
    assert done.returncode == 0, done.stderr
    assert hub.fetched("model.safetensors") == 0 and hub.fetched("tokenizer.json") == 1
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "config.json").write_text("{}")
    done = fetch(hub, tmp_path, "--model", "tests/tiny", "--to", "n")
    assert done.returncode == 2
    assert "n/config.json: is there and is not the config.json of tests/tiny" in done.stderr
    assert ours(tmp_path / "n") == ["config.json"]
    assert (tmp_path / "n" / "config.json").read_text() == "{}"


def test_a_renamed_repository(hub, tmp_path):
    hub.renamed["tiny"] = "tests/tiny"
    done = fetch(hub, tmp_path, "--model", "tiny")
    assert done.returncode == 0, done.stderr
    assert "of tests/tiny at" in done.stderr
    done = fetch(hub, tmp_path, "--model", "tiny")
    assert done.returncode == 0 and "left as it is" in done.stderr


@pytest.mark.parametrize("place", ["variable", "file"])
def test_the_token_goes_to_the_hub_and_nowhere_else(hub, tmp_path, place):
    hub.add("tests/private", model(), private=True)
    if place == "file":
        (tmp_path / "hf").mkdir()
        (tmp_path / "hf" / "token").write_text(hub.token)
    done = fetch(hub, tmp_path, "--model", "tests/private",
                 token=hub.token if place == "variable" else None)
    assert done.returncode == 0, done.stderr
    sent = {(f"http://{headers['Host']}", value)
            for _, _, headers in hub.requests for key, value in [
                (key.lower(), headers[key]) for key in headers] if key == "authorization"}
    assert sent == {(hub.endpoint, f"Bearer {hub.token}")}
    assert any(f"http://{headers['Host']}" == hub.storage for _, _, headers in hub.requests)
    assert hub.token not in done.stderr + (
        tmp_path / "models" / "private" / ".attnsweep" / "fetch.json").read_text()


def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize(("words", "more", "expected"), [
    (["--model", "tests/nope"], {}, "no such model, or it is private; no token was sent: set HF_T"),
    (["--dataset", "tests/tiny"], {}, "no such data set, or it is private; no token was sent"),
    (["--model", "tests/private"], {}, "or it is private; no token was sent: set HF_TOKEN or call"),
    (["--model", "tests/private"], {"token": "hf_wrong"}, "the token that was sent (HF_TOKEN"),
    (["--model", "tests/gated"], {}, "is gated: accept its terms on that page; no token was sent"),
    (["--model", "tests/tiny", "--revision", "v9"], {}, "has no revision 'v9'"),
    (["--model", "tests/pickled"], {}, "it holds pickled PyTorch weights: pytorch_model.bin."),
    (["--dataset", "tests/scripted"], {}, "--revision refs/convert/parquet"),
    (["--model", "tests/tiny"], {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
    (["--model", "tests/tiny"], {"HF_ENDPOINT": "closed"}, "Connection refused; HF_ENDPOINT names"),
], ids=["unknown", "other kind", "private", "wrong token", "gated", "revision", "pickled",
        "scripted", "offline", "refused"])
def test_what_cannot_be_had_is_one_message(hub, tmp_path, words, more, expected):
    hub.add("tests/private", model(), private=True)
    hub.add("tests/gated", model(), gated=True)
    hub.add("tests/pickled", {"config.json": "{}", "pytorch_model.bin": b"\x80\x02"})
    hub.add("tests/scripted", {"load.py": "print()", "README.md": ""}, kind="dataset")
    endpoint = hub.endpoint
    if "HF_ENDPOINT" in more:
        endpoint = more["HF_ENDPOINT"] = f"http://127.0.0.1:{closed_port()}"
    done = fetch(hub, tmp_path, *words, **more)
    assert done.returncode == 4, done.stderr
    *_, line = done.stderr.splitlines()
    page = f"{endpoint}/{'datasets/' if words[0] == '--dataset' else ''}{words[1]}: "
    assert line.startswith(f"attnsweep corpus fetch: {page}")
    assert expected in line
    assert done.stderr.count("attnsweep corpus fetch: ") == 1 and done.stdout == ""
    if words[1] != "tests/gated":  # whose listing is open: only its files are not
        assert not (tmp_path / "models").exists() and not (tmp_path / "corpora").exists()


def test_a_killed_fetch_keeps_whole_files_and_shows_none(hub, tmp_path):
    hub.add("tests/large", {**model(), "model.safetensors": random.Random(1).randbytes(300_000)})
    hub.faults.append(Fault("model.safetensors", cut=100_000, stall=True))
    words = ["--model", "tests/large", "--to", "m"]
    process = subprocess.Popen(command("corpus", "fetch", *words), cwd=tmp_path,
                               env=environment(**settings(hub, tmp_path)), stderr=subprocess.PIPE)
    assert hub.stalled.wait(30)
    for line in process.stderr:  # both small files are reported
        if b"2/3" in line:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert ours(tmp_path / "m") == []
    before = {name: hub.fetched(name) for name in ("config.json", "tokenizer.json")}
    done = fetch(hub, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert before == {"config.json": 1, "tokenizer.json": 1}
    assert {name: hub.fetched(name) for name in before} == before
    assert ours(tmp_path / "m") == ["config.json", "model.safetensors", "tokenizer.json"]
    assert not (tmp_path / "m" / ".attnsweep" / "staging").exists()


def test_a_broken_connection_goes_on_where_it_broke(hub, tmp_path):
    # The client writes in blocks of 10 MiB: what is short of one is lost with the connection.
    data = random.Random(2).randbytes(13_000_000)
    hub.add("tests/long", {"long.txt": data}, kind="dataset")
    hub.faults.append(Fault("long.txt", cut=12_000_000))
    done = fetch(hub, tmp_path, "--dataset", "tests/long", "--to", "d")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "d" / "long.txt").read_bytes() == data
    ranges = [{k.lower(): v for k, v in headers.items()}.get("range")
              for method, path, headers in hub.requests
              if method == "GET" and path.endswith("long.txt")]
    assert ranges == [None, "bytes=10485760-"]


def test_other_bytes_than_the_hub_lists_are_refused(hub, tmp_path):
    hub.faults.append(Fault("model.safetensors", garble=True))
    done = fetch(hub, tmp_path, "--model", "tests/tiny", "--to", "m")
    assert done.returncode == 4
    assert "model.safetensors came with other bytes than the hub lists" in done.stderr
    assert "of 3 files are whole and kept: the same command goes on" in done.stderr
    assert ours(tmp_path / "m") == []
    assert fetch(hub, tmp_path, "--model", "tests/tiny", "--to", "m").returncode == 0
    assert hub.fetched("config.json") == 1


def test_a_hub_that_fails_is_quoted(hub, tmp_path):
    hub.faults.append(Fault("tokenizer.json", status=500, times=100))
    done = fetch(hub, tmp_path, "--model", "tests/tiny")
    assert done.returncode == 4
    assert "tests/tiny: the hub answers 500: Fault of the tests" in done.stderr


def test_files_in_the_clients_cache_are_copied(hub, tmp_path):
    snapshot = tmp_path / "hf" / "hub" / "models--tests--tiny" / "snapshots" / ("a" * 40)
    shutil.copytree(TINY / "bert_gelu", snapshot)
    done = fetch(hub, tmp_path, "--model", "tests/tiny")
    assert done.returncode == 0, done.stderr
    assert hub.fetched("model.safetensors") == 0 and hub.fetched("tokenizer.json") == 1
    refs = snapshot.parents[1] / "refs"
    refs.mkdir()
    (refs / "main").write_text("a" * 40)
    done = fetch(hub, tmp_path, "--model", "tests/tiny", "--to", "n", HF_HUB_OFFLINE="1")
    assert done.returncode == 4
    assert f"The hub's cache has it: a study may say `path: {snapshot}`" in done.stderr


def test_more_of_a_data_set_comes_from_the_commit_that_is_there(hub, tmp_path):
    words = ["--dataset", "tests/words", "--to", "d", "--split"]
    assert fetch(hub, tmp_path, *words, "train").returncode == 0
    old = hub.repositories["dataset", "tests/words"]
    old.revisions = ()
    done = fetch(hub, tmp_path, *words, "test")
    assert done.returncode == 0, done.stderr
    assert ours(tmp_path / "d") == ["data/test-0.jsonl", "data/train-0.jsonl"]
    assert hub.fetched("train-0.jsonl") == 1
    done = fetch(hub, tmp_path, *words, "dev")
    assert done.returncode == 2
    assert "--split dev: no data file is of it; there are data/test-0.jsonl" in done.stderr
    done = fetch(hub, tmp_path, "--dataset", "tests/words", "--to", "d", "--revision", "v2")
    assert done.returncode == 2
    assert "d: holds tests/words at main (aaaaaaaaaa); choose another --to" in done.stderr


def test_subsets_come_from_the_card(hub, tmp_path):
    card = {"configs": [{"config_name": name, "data_files": f"{name}/*.jsonl"} for name in "ab"]}
    hub.add("tests/two", {"a/0.jsonl": texts(3, 1), "b/0.jsonl": texts(3, 2)}, kind="dataset",
            card=card)
    done = fetch(hub, tmp_path, "--dataset", "tests/two", "--to", "d")
    assert done.returncode == 2 and "it has 2 subsets (a, b)" in done.stderr
    assert not (tmp_path / "d").exists()
    done = fetch(hub, tmp_path, "--dataset", "tests/two", "--to", "d", "--subset", "b")
    assert done.returncode == 0 and ours(tmp_path / "d") == ["b/0.jsonl"]


def test_a_dry_run_lists_and_writes_nothing(hub, tmp_path):
    done = fetch(hub, tmp_path, "--model", "tests/tiny", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines()] == [
        "config.json", "tokenizer.json", "model.safetensors"]
    assert hub.fetched() == [] and not (tmp_path / "models").exists()


def test_two_at_once_fetch_once(hub, tmp_path):
    started = [subprocess.Popen(command("corpus", "fetch", "--model", "tests/tiny", "--to", "m"),
                                cwd=tmp_path, env=environment(**settings(hub, tmp_path)),
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
               for _ in range(3)]
    outputs = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], outputs
    assert [hub.fetched(n) for n in ("config.json", "model.safetensors")] == [1, 1]


def test_a_family_that_is_not_understood_is_named_first(hub, tmp_path):
    files = model()
    hub.add("tests/mamba", {**files, "config.json": '{"model_type": "mamba"}'})
    del files["tokenizer.json"]
    hub.add("tests/wordless", files)
    done = fetch(hub, tmp_path, "--model", "tests/mamba")
    first = done.stderr.splitlines()[0]
    assert done.returncode == 0 and first.startswith("warning: ") and "'mamba'" in first
    done = fetch(hub, tmp_path, "--model", "tests/wordless")
    first = done.stderr.splitlines()[0]
    assert done.returncode == 0 and "has no tokenizer.json" in first and "'bert'" not in done.stderr


@pytest.mark.parametrize(("words", "expected"), [
    ([], "--model REPO or --dataset REPO is required"),
    (["--model", "a/b", "--dataset", "c/d"], "--model excludes --dataset"),
    (["--model", "a/b", "--split", "train"], "--model excludes --split"),
    (["--model", "a/b/c"], "'a/b/c' is no name of a repository (OWNER/NAME)"),
    (["--model", "a/b", "--tp", "x"], "--tp"),
    (["--model", "a/b", "--to", "study.yaml"], "study.yaml: is there and is no folder"),
])
def test_wrong_usage(hub, tmp_path, words, expected):
    (tmp_path / "study.yaml").write_text("")
    done = fetch(hub, tmp_path, *words)
    assert done.returncode == 2 and expected in done.stderr, done.stderr
    assert hub.requests == []


def test_no_place_is_76(hub, tmp_path):
    (tmp_path / "file").write_text("")
    done = fetch(hub, tmp_path, "--model", "tests/tiny", "--to", "file/m")
    assert done.returncode == 76 and "file/m/.attnsweep: cannot be written" in done.stderr


def test_a_missing_client_is_named_with_the_line_that_installs_it(hub, tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    done = fetch(hub, tmp_path, "--model", "tests/tiny", ATTNSWEEP_PYTHON=str(bare))
    assert done.returncode == 2
    assert "lacks huggingface_hub; install with: " in done.stderr
    assert f"-m pip install -r {ROOT / 'analysis' / 'requirements-fetch.txt'}" in done.stderr


def test_help_and_names_of_the_commands(tmp_path):
    done = attnsweep("corpus", "--help", cwd=tmp_path)
    assert done.returncode == 0 and "fetch" in done.stdout and "Example:" in done.stdout
    assert attnsweep("corpus", cwd=tmp_path).returncode == 2
    done = attnsweep("corpus", "fech", cwd=tmp_path)
    assert done.returncode == 2 and "did you mean 'fetch'?" in done.stderr
