"""Which files of a repository on a Hugging Face hub a study needs. Names only: no network here."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any

from attnsweep.errors import InputError, UsageError

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"

#: What stands beside the weights: the architecture, the tokenizer, the ids of special tokens.
BESIDE_WEIGHTS = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "spm.model",
    "tokenizer.model",
)

#: Weights that other programs read, and what a repository with nothing else is.
OTHER_WEIGHTS = {
    "pytorch_model*.bin": "pickled PyTorch weights",
    "tf_model*.h5": "TensorFlow weights",
    "flax_model*.msgpack": "Flax weights",
    "*.gguf": "GGUF weights",
    "adapter_model.*": "an adapter, which changes another model",
    "*.safetensors": f"safetensors under a name of their own ({WEIGHTS} or {INDEX} is read)",
}

DATA = re.compile(r"\.(parquet|arrow|jsonl|ndjson|json|csv|tsv|txt)(\.(gz|zst|xz))?$")
#: Files that end like data and are none.
ABOUT_DATA = re.compile(
    r"^(readme|license|licence|requirements|changelog|citation|config|dataset_infos?"
    r"|dataset_dict|state)(\.\w+)*$",
    re.IGNORECASE,
)
#: What `save_to_disk` writes beside its .arrow files.
ABOUT_ARROW = ("dataset_info.json", "dataset_dict.json", "state.json")

#: The words by which `datasets` knows a split in a file's path.
SPLIT_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}


def model_files(names: Iterable[str], read: Callable[[str], bytes]) -> list[str]:
    """The files of a model among `names`; `read` gives the bytes of one of them and is called for
    the index of sharded weights alone. Throws InputError where there is no model that attnsweep
    reads, with what to do."""
    names = set(names)
    if "config.json" not in names:
        raise InputError(
            "has no config.json, so it is no model that transformers loads"
            + _instead(names, also="; it holds {}")
        )
    chosen = sorted(names & set(BESIDE_WEIGHTS))
    if WEIGHTS in names:
        return [*chosen, WEIGHTS]
    if INDEX not in names:
        raise InputError(_no_weights(names))
    shards = _shards(read(INDEX))
    if absent := sorted(shards - names):
        raise InputError(f"{INDEX} names {', '.join(absent)}, which the repository does not have")
    return [*chosen, INDEX, *sorted(shards)]


def _shards(index: bytes) -> set[str]:
    try:
        shards = set(json.loads(index)["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{INDEX} is no index of weights: {error!r}") from error
    if not shards or not all(isinstance(name, str) for name in shards):
        raise InputError(f"{INDEX} is no index of weights: its weight_map names no files")
    return shards


def _instead(names: set[str], also: str) -> str:
    for pattern, what in OTHER_WEIGHTS.items():
        if found := sorted(fnmatch.filter(names, pattern)):
            return also.format(f"{what}: {', '.join(found[:3])}")
    return ""


def _no_weights(names: set[str]) -> str:
    text = f"has neither {WEIGHTS} nor {INDEX}" + _instead(names, also="; it holds {}")
    if fnmatch.filter(names, "pytorch_model*.bin"):
        text += (
            ". Pickled weights are not read (unpickling runs code). Some repositories keep"
            " safetensors in another revision (--revision refs/pr/N, from the pull requests on the"
            " repository's page); else write them once with transformers:"
            " AutoModel.from_pretrained(REPO).save_pretrained(FOLDER) and the same with"
            " AutoTokenizer"
        )
    return text


def data_files(
    names: Iterable[str],
    *,
    configurations: Any = None,
    subset: str | None = None,
    splits: Iterable[str] = (),
    include: Iterable[str] = (),
) -> list[str]:
    """The data files among `names`: those of a subset and of splits where these are given, and of
    these, those that one of the patterns `include` matches (* also matches /, as in `hf download`).

    `configurations` is what the data set's card says of them (`configs` in its front matter); where
    it says nothing, a subset is a folder and a split a word of the path, as in `datasets`. Throws
    UsageError for a choice that is not there, InputError where there are no data files.
    """
    names, splits, include = set(names), list(splits), list(include)
    data = sorted(name for name in names if _is_data(name, names))
    if not data:
        raise InputError(_no_data(names))
    entries = _entries(configurations)
    if entries and not (include and subset is None):
        entry = _choose(entries, subset)
        data = _of_entry(data, entry, splits)
    else:
        if subset is not None:
            data = _narrow(data, f"--subset {subset}", lambda n: subset in _folders(n))
        for_any = [_split_pattern(split) for split in splits]
        if for_any:
            data = _narrow(
                data,
                " ".join(f"--split {split}" for split in splits),
                lambda n: any(pattern.search(n) for pattern in for_any),
            )
    if include:
        data = _narrow(
            data,
            " ".join(f"--include {pattern}" for pattern in include),
            lambda n: any(fnmatch.fnmatchcase(n, pattern) for pattern in include),
        )
    return data


def _folders(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts[:-1]


def _is_data(name: str, names: set[str]) -> bool:
    path = PurePosixPath(name)
    if any(part.startswith(".") for part in path.parts):
        return False
    if path.name in ABOUT_ARROW:
        return any(other.endswith(".arrow") for other in names)
    return bool(DATA.search(name)) and not ABOUT_DATA.match(path.name)


def _no_data(names: set[str]) -> str:
    held = sorted({PurePosixPath(name).suffix for name in names} - {"", ".md"})
    text = (
        "has no data files of the formats that are read (parquet, jsonl, json, csv, tsv, txt)"
        + (f"; its files end in {', '.join(held)}" if held else "")
    )
    if ".py" in held or ".zip" in held or ".tar" in held:
        text += ". The hub keeps most data sets as Parquet too: --revision refs/convert/parquet"
    return text


def _narrow(data: list[str], choice: str, wanted: Callable[[str], bool]) -> list[str]:
    if chosen := [name for name in data if wanted(name)]:
        return chosen
    raise UsageError(f"{choice}: no data file is of it; there are {_few(data)}")


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more


def _split_pattern(split: str) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in SPLIT_WORDS.get(split, (split,)))
    return re.compile(rf"(?<![A-Za-z0-9])({words})(?![A-Za-z0-9])", re.IGNORECASE)


def _entries(configurations: Any) -> list[dict[str, Any]]:
    """Those of a card's configurations that say where their data lies."""
    if not isinstance(configurations, list):
        return []
    return [
        entry
        for entry in configurations
        if isinstance(entry, dict) and ("data_files" in entry or "data_dir" in entry)
    ]


def _choose(entries: list[dict[str, Any]], subset: str | None) -> dict[str, Any]:
    names = [str(entry.get("config_name", "default")) for entry in entries]
    if subset is not None:
        if subset in names:
            return entries[names.index(subset)]
        raise UsageError(f"--subset {subset}: there are {_few(names)}")
    if len(entries) == 1:
        return entries[0]
    for entry, name in zip(entries, names, strict=True):
        if entry.get("default") is True or name == "default":
            return entry
    raise UsageError(
        f"it has {len(entries)} subsets ({_few(names)}): choose one with --subset, or files with"
        " --include PATTERN"
    )


def _of_entry(data: list[str], entry: dict[str, Any], splits: list[str]) -> list[str]:
    """The files of a card's configuration, all splits or the given ones."""
    folder = str(entry.get("data_dir") or "").strip("/")
    prefix = f"{folder}/" if folder not in ("", ".") else ""
    of_split: dict[str, list[str]] = {}
    for split, pattern in _patterns(entry.get("data_files", "**")):
        matching = _glob(prefix + pattern)
        of_split.setdefault(split, []).extend(n for n in data if matching.fullmatch(n))
    if not splits:
        chosen = {name for found in of_split.values() for name in found}
    elif set(of_split) == {""}:  # the card names no splits: the path does
        found = sorted(set(of_split[""]))
        patterns = [_split_pattern(split) for split in splits]
        chosen = {n for n in found if any(p.search(n) for p in patterns)}
        if not chosen:
            raise UsageError(f"--split {splits[0]}: no data file is of it; there are {_few(found)}")
    else:
        for split in splits:
            if split not in of_split:
                raise UsageError(f"--split {split}: there are {_few(sorted(of_split))}")
        chosen = {name for split in splits for name in of_split[split]}
    if not chosen:
        raise InputError("its card names data files that the repository does not have")
    return sorted(chosen)


def _patterns(data_files: Any) -> list[tuple[str, str]]:
    """(split, pattern) of a card's data_files in all their forms; split is "" where none is
    named."""
    if isinstance(data_files, str):
        return [("", data_files)]
    if isinstance(data_files, dict):
        return [(str(split), p) for split, value in data_files.items() for _, p in _patterns(value)]
    found = []
    for item in data_files if isinstance(data_files, list) else []:
        if isinstance(item, dict):
            split = str(item.get("split", ""))
            found += [(split, pattern) for _, pattern in _patterns(item.get("path", []))]
        else:
            found += _patterns(item)
    return found


def _glob(pattern: str) -> re.Pattern[str]:
    """A card's pattern, in which * stays inside a folder and **/ crosses any number of them; the
    name of a folder means all that is in it."""
    pattern = pattern.removeprefix("./").rstrip("/")
    if pattern in ("", "."):
        pattern = "**"
    text, i = "", 0
    while i < len(pattern):
        if pattern.startswith("**/", i):
            text, i = text + "(?:.*/)?", i + 3
        elif pattern.startswith("**", i):
            text, i = text + ".*", i + 2
        elif pattern[i] == "*":
            text, i = text + "[^/]*", i + 1
        elif pattern[i] == "?":
            text, i = text + "[^/]", i + 1
        elif pattern[i] == "[" and (end := pattern.find("]", i + 2)) > 0:
            inner = pattern[i + 1 : end].replace("\\", "\\\\")
            text, i = text + f"[{'^' + inner[1:] if inner[0] == '!' else inner}]", end + 1
        else:
            text, i = text + re.escape(pattern[i]), i + 1
    return re.compile(text + "(?:/.*)?")
