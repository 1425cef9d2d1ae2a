"""Which files of a repository are taken, by their names alone."""

import json

import pytest

from attnsweep.errors import InputError, UsageError
from attnsweep.hub_files import data_files, model_files


def never(name):
    raise AssertionError(f"{name} is read")


def test_a_model_is_its_configuration_weights_and_tokenizer():
    names = [
        "README.md", ".gitattributes", "config.json", "model.safetensors", "pytorch_model.bin",
        "onnx/model.onnx", "onnx/config.json", "model.fp16.safetensors", "tf_model.h5",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",
        "generation_config.json", "training_args.bin", "openvino/model.safetensors",
    ]  # fmt: skip
    assert model_files(names, never) == [
        "config.json", "generation_config.json", "special_tokens_map.json", "tokenizer.json",
        "tokenizer_config.json", "vocab.txt", "model.safetensors",
    ]  # fmt: skip


def test_shards_are_those_of_the_index():
    shards = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    index = json.dumps({"weight_map": {"a": shards[1], "b": shards[0], "c": shards[1]}}).encode()
    names = ["config.json", "model.safetensors.index.json", *shards, "consolidated.safetensors"]
    assert model_files(names, {"model.safetensors.index.json": index}.get) == [
        "config.json", "model.safetensors.index.json", *shards,
    ]  # fmt: skip
    with pytest.raises(InputError, match=f"{shards[1]}, which the repository does not have"):
        model_files(names[:3], lambda name: index)
    for broken in (b"{", b"[]", b'{"weight_map": {}}', b'{"weight_map": {"a": 1}}'):
        with pytest.raises(InputError, match="no index of weights"):
            model_files(names, lambda name, text=broken: text)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["model.safetensors"], ["no config.json"]),
        (["adapter_config.json", "adapter_model.safetensors"], ["no config.json", "an adapter"]),
        (["config.json", "pytorch_model.bin"], ["pickled", "refs/pr", "save_pretrained"]),
        (["config.json", "pytorch_model-00001-of-00002.bin"], ["pickled", "save_pretrained"]),
        (["config.json", "tf_model.h5"], ["TensorFlow weights: tf_model.h5"]),
        (["config.json", "a.Q4.gguf"], ["GGUF weights: a.Q4.gguf"]),
        (["config.json", "other.safetensors"], ["a name of their own", "other.safetensors"]),
        (["config.json"], ["neither model.safetensors nor"]),
    ],
)
def test_what_is_no_model_is_said(names, words):
    with pytest.raises(InputError) as caught:
        model_files(names, never)
    for word in words:
        assert word in str(caught.value)


def test_data_are_the_files_of_the_formats_that_are_read():
    names = [
        "README.md", "data/train-00000-of-00001.parquet", "b.jsonl.zst", "c.json.gz", "d.tsv",
        "e.csv.xz", "license.txt", "requirements-dev.txt", "dataset_infos.json", ".hidden/a.csv",
        "images/x.png", "state-of-the-union.txt", "notes.txt", "load.py", "f.zip", "state.json",
    ]  # fmt: skip
    assert data_files(names) == [
        "b.jsonl.zst", "c.json.gz", "d.tsv", "data/train-00000-of-00001.parquet", "e.csv.xz",
        "notes.txt", "requirements-dev.txt", "state-of-the-union.txt",
    ]  # fmt: skip


def test_a_saved_folder_keeps_what_stands_beside_its_data():
    names = ["data-00000-of-00001.arrow", "dataset_info.json", "state.json", "README.md"]
    assert data_files(names) == names[:3]


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        (["train"], ["data/train-0-of-2.parquet", "data/train-1-of-2.parquet", "x/train/0.jsonl"]),
        (["validation"], ["data/dev.parquet", "valid.csv"]),
        (["test"], ["data/test-0-of-1.parquet"]),
        (["test", "validation"], ["data/dev.parquet", "data/test-0-of-1.parquet", "valid.csv"]),
        (["restrained"], ["restrained.txt"]),
    ],
)
def test_without_a_card_a_split_is_a_word_of_the_path(splits, expected):
    names = [
        "data/train-0-of-2.parquet", "data/train-1-of-2.parquet", "data/test-0-of-1.parquet",
        "data/dev.parquet", "valid.csv", "x/train/0.jsonl", "restrained.txt",
    ]  # fmt: skip
    assert data_files(names, splits=splits) == expected


def test_without_a_card_a_subset_is_a_folder():
    names = ["de/train/0.parquet", "en/train/0.parquet", "en/test/0.parquet", "en.csv"]
    assert data_files(names, subset="en") == ["en/test/0.parquet", "en/train/0.parquet"]
    assert data_files(names, subset="en", splits=["test"]) == ["en/test/0.parquet"]
    with pytest.raises(UsageError, match="--subset fr: no data file is of it; there are de/train"):
        data_files(names, subset="fr")
    with pytest.raises(UsageError, match="--split validation: no data file"):
        data_files(names, splits=["validation"])


CARD = [
    {"config_name": "raw", "data_files": [{"split": "train", "path": "raw/a-*.parquet"},
                                          {"split": "test", "path": ["raw/b.parquet"]}]},
    {"config_name": "clean", "data_files": "clean/**/*.parquet"},
    {"config_name": "rest", "data_dir": "rest"},
]  # fmt: skip
CARDED = [
    "raw/a-0.parquet", "raw/a-1.parquet", "raw/a-x/2.parquet", "raw/b.parquet",
    "clean/0.parquet", "clean/deep/train/1.parquet", "rest/r.csv", "extra.txt",
]  # fmt: skip


@pytest.mark.parametrize(
    ("subset", "splits", "expected"),
    [
        ("raw", [], ["raw/a-0.parquet", "raw/a-1.parquet", "raw/b.parquet"]),
        ("raw", ["train"], ["raw/a-0.parquet", "raw/a-1.parquet"]),
        ("raw", ["test"], ["raw/b.parquet"]),
        ("clean", [], ["clean/0.parquet", "clean/deep/train/1.parquet"]),
        ("clean", ["train"], ["clean/deep/train/1.parquet"]),
        ("rest", [], ["rest/r.csv"]),
    ],
)
def test_a_card_tells_subsets_and_splits(subset, splits, expected):
    assert data_files(CARDED, configurations=CARD, subset=subset, splits=splits) == expected


def test_a_choice_that_is_not_there_names_those_that_are():
    def call(**choice):
        return data_files(CARDED, configurations=CARD, **choice)

    with pytest.raises(UsageError, match=r"it has 3 subsets \(raw, clean, rest\): choose one"):
        call()
    with pytest.raises(UsageError, match="--subset rwa: there are raw, clean, rest"):
        call(subset="rwa")
    with pytest.raises(UsageError, match="--split dev: there are test, train"):
        call(subset="raw", splits=["dev"])
    with pytest.raises(UsageError, match="--include x: no data file is of it"):
        call(subset="raw", include=["x"])
    gone = [{"config_name": "raw", "data_files": "gone/*.csv"}]
    with pytest.raises(InputError, match="its card names data files"):
        data_files(CARDED, configurations=gone)


def test_the_default_subset_and_patterns_need_no_choice():
    default = [*CARD[:2], {**CARD[2], "default": True}]
    assert data_files(CARDED, configurations=default) == ["rest/r.csv"]
    assert data_files(CARDED, configurations=CARD[:1]) == [
        "raw/a-0.parquet", "raw/a-1.parquet", "raw/b.parquet",
    ]  # fmt: skip
    assert data_files(CARDED, configurations=CARD, include=["*/b.parquet", "extra.*"]) == [
        "extra.txt", "raw/b.parquet",
    ]  # fmt: skip


def test_no_data_names_what_there_is():
    with pytest.raises(InputError, match=r"end in \.py, \.zip.*refs/convert/parquet"):
        data_files(["README.md", "load.py", "all.zip"])
