"""`attnsweep corpus fetch`: a model or a data set of a Hugging Face hub into a folder of its own.

Files are gathered in FOLDER/.attnsweep/staging, where a second call finds what is complete, and
take their places together when all are there and checked. FOLDER/.attnsweep/fetch.json then says
what the folder holds; a call that would fetch the same finds it and asks no hub.
"""

from __future__ import annotations

import errno
import fcntl
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attnsweep import hub
from attnsweep.errors import IncompleteError, InputError, NoPlaceError, ReportError, UsageError
from attnsweep.fetch_progress import Progress, Says, bytes_in_words
from attnsweep.files import whole_file
from attnsweep.hub_files import data_files, model_files
from attnsweep.parallel import in_parallel

#: Downloads at once, as many as the hub's client starts itself.
N_DOWNLOADS = 8
#: Disk space that stays free.
MARGIN = 16 << 20
#: The client of late versions names an unfinished file by chance.
OF_ONE_CALL = re.compile(r"\.[0-9a-f]{8}\.incomplete$")


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    kind: str  #: "model" or "dataset"
    repo: str
    folder: Path
    revision: str | None = None
    subset: str | None = None
    splits: list[str] = field(default_factory=list)
    include: list[str] = field(default_factory=list)
    families: list[str] = field(default_factory=list)  #: model_types that are understood
    dry_run: bool = False

    def choice(self) -> dict[str, Any]:
        """What tells one choice of a data set's files from another."""
        return {"subset": self.subset, "splits": self.splits, "include": self.include}


class _Folder:
    """FOLDER with its notes, of which one process at a time may write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes = path / ".attnsweep"
        self.staging = self.notes / "staging"
        self.record = self.notes / "fetch.json"

    def read(self) -> dict[str, Any] | None:
        """What a finished fetch wrote; nothing where there was none."""
        try:
            record = json.loads(self.record.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.record}: cannot be read ({error}); remove it") from error
        if not isinstance(record, dict) or record.get("format") != 1:
            raise UsageError(f"{self.record}: is of another version; remove it")
        return record

    @contextmanager
    def locked(self, says: Says) -> Iterator[None]:
        self.notes.mkdir(parents=True, exist_ok=True)
        with open(self.notes / "lock", "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                says(f"{self.path}: another process fetches into it; waiting")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def prepare(self) -> None:
        """Makes the staging. Parts of files that an interrupted call left are kept where the client
        continues them, and removed where it has given them a name that only that call knew."""
        self.staging.mkdir(exist_ok=True)
        for part in self.staging.rglob("*.incomplete"):
            if OF_ONE_CALL.search(part.name):
                part.unlink(missing_ok=True)

    def clean(self) -> None:
        """Removes the staging, and what else was made where nothing was recorded."""
        shutil.rmtree(self.staging, ignore_errors=True)
        if self.record.exists():
            return
        shutil.rmtree(self.notes, ignore_errors=True)
        with suppress(OSError):
            self.path.rmdir()  # unless it holds what is not ours


def fetch(request: Request, says: Says, bars: bool) -> Path:
    """Brings what `request` names into its folder, and returns the folder.

    `says` gets lines of progress; with `bars` the client draws its own. Throws InputError where the
    hub or the repository cannot be had or holds nothing to measure, UsageError for a choice that
    does not fit, NoPlaceError and IncompleteError where the disk ends it.
    """
    folder = _Folder(request.folder)
    if folder.path.exists() and not folder.path.is_dir():
        raise UsageError(f"{folder.path}: is there and is no folder")
    if (held := _held(folder, request)) is not None:
        says(held)
        return folder.path
    # An error of the hub must leave no folder behind: it is asked first.
    hub.show_bars(False)
    listing, wanted = _ask(folder, request)
    if request.dry_run:
        for file in wanted:
            print(f"{bytes_in_words(file.size):>10}  {file.name}")
        says(f"{_files_in_words(wanted)} of {listing.repo} at {listing.commit[:10]}")
        return folder.path
    try:
        with folder.locked(says):
            if (held := _held(folder, request)) is not None:
                says(held)
                return folder.path
            _fetch_into(folder, request, listing, wanted, says, bars)
    except OSError as error:
        raise _no_place(folder, error) from error
    return folder.path


def _held(folder: _Folder, request: Request) -> str | None:
    """The line that says that the folder holds all of it; nothing where it does not. Throws
    UsageError where it holds something else."""
    record = folder.read()
    if record is None:
        return None
    same_repo = request.repo in (record["repo"], record["asked"])
    same_revision = request.revision in (record["revision"], record["commit"])
    if record["kind"] != request.kind or not same_repo or not same_revision:
        raise UsageError(
            f"{folder.path}: holds {record['repo']} at {record['revision'] or 'main'}"
            f" ({record['commit'][:10]}); choose another --to, or remove the folder"
        )
    whole = all(
        (file := folder.path / name).is_file() and (size is None or file.stat().st_size == size)
        for name, size in record["files"].items()
    )
    if not whole or request.choice() not in record["choices"]:
        return None
    return f"{folder.path}: holds {record['repo']} at {record['commit'][:10]} whole; left as it is"


def _revision(folder: _Folder, request: Request) -> str | None:
    """More files of a folder's repository come from the commit that it holds."""
    record = folder.read()
    return request.revision if record is None else record["commit"]


def _ask(folder: _Folder, request: Request) -> tuple[hub.Listing, list[hub.HubFile]]:
    """What the repository holds, and what of it is wanted. Of a sharded model its index tells the
    shards: that file is fetched for the answer."""
    listing = hub.look(request.kind, request.repo, _revision(folder, request))
    with tempfile.TemporaryDirectory(prefix="attnsweep-fetch-") as temporary:

        def read(name: str) -> bytes:
            return hub.download(listing, listing.files[name], Path(temporary)).read_bytes()

        return listing, [listing.files[name] for name in _names(request, listing, read)]


def _fetch_into(
    folder: _Folder,
    request: Request,
    listing: hub.Listing,
    wanted: list[hub.HubFile],
    says: Says,
    bars: bool,
) -> None:
    folder.prepare()
    try:
        missing = [file for file in wanted if not _in_place(folder, file, listing)]
        _require_space(folder, missing)
    except ReportError:
        folder.clean()
        raise
    if request.kind == "model":
        _warn(folder, request, listing, says)
    if missing:
        says(
            f"{hub.page(listing.kind, listing.repo)} at {listing.commit[:10]}:"
            f" {_files_in_words(missing)} to {folder.path}"
        )
    hub.show_bars(bars)
    with Progress(folder.staging, missing, says, bars) as progress:

        def bring(file: hub.HubFile) -> None:
            progress.done(file, hub.download(listing, file, folder.staging))

        try:
            in_parallel(bring, missing, N_DOWNLOADS)
        except InputError as error:
            raise InputError(
                f"{error}; {progress.n_done} of {len(missing)} files are whole and kept: the same"
                " command goes on"
            ) from error
    for file in missing:
        place = folder.path / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        (folder.staging / file.name).replace(place)
    _write_record(folder, request, listing, wanted)
    folder.clean()
    says(f"{folder.path}: {_files_in_words(wanted)} of {listing.repo} at {listing.commit[:10]}")


def _names(request: Request, listing: hub.Listing, read: Callable[[str], bytes]) -> list[str]:
    where = hub.page(listing.kind, listing.repo)
    try:
        if request.kind == "model":
            return model_files(listing.files, read)
        return data_files(
            listing.files,
            configurations=listing.card.get("configs"),
            subset=request.subset,
            splits=request.splits,
            include=request.include,
        )
    except ReportError as error:
        raise type(error)(f"{where}: {error}") from error


def _in_place(folder: _Folder, file: hub.HubFile, listing: hub.Listing) -> bool:
    """Whether the folder has the file already. Throws UsageError for another one of its name."""
    place = folder.path / file.name
    if not place.exists():
        return False
    if file.matches(place):
        return True
    record = folder.read()
    if record is not None and file.name in record["files"]:
        return False  # ours, and no longer whole
    raise UsageError(
        f"{place}: is there and is not the {file.name} of {listing.repo} at {listing.commit[:10]};"
        " choose another --to, or remove the folder"
    )


def _warn(folder: _Folder, request: Request, listing: hub.Listing, says: Says) -> None:
    """A model that attnsweep cannot run is named before its weights are fetched."""
    file = folder.path / "config.json"
    if not file.is_file():
        file = hub.download(listing, listing.files[file.name], folder.staging)
    try:
        model_type = json.loads(file.read_text(encoding="utf-8")).get("model_type")
    except (ValueError, AttributeError):
        model_type = None
    if request.families and model_type not in request.families:
        says(
            f"warning: {listing.repo} has the model_type {model_type!r}, which this version of"
            " attnsweep does not run (see `attnsweep families`)"
        )
    if "tokenizer.json" not in listing.files:
        says(
            f"warning: {listing.repo} has no tokenizer.json, without which texts cannot be"
            " tokenised; transformers writes one:"
            f" AutoTokenizer.from_pretrained('{folder.path}').save_pretrained('{folder.path}')"
        )


def _require_space(folder: _Folder, files: list[hub.HubFile]) -> None:
    staged = [folder.staging / file.name for file in files]
    there = sum(path.stat().st_size for path in staged if path.is_file())
    needed = sum(file.size or 0 for file in files) - there
    free = shutil.disk_usage(folder.staging).free
    if needed > 0 and needed + MARGIN > free:
        raise NoPlaceError(
            f"{folder.path}: {bytes_in_words(needed)} are needed, {bytes_in_words(free)} are free"
        )


def _write_record(
    folder: _Folder, request: Request, listing: hub.Listing, wanted: list[hub.HubFile]
) -> None:
    before = folder.read() or {"files": {}, "choices": []}
    choices = before["choices"]
    record = {
        "format": 1,
        "kind": listing.kind,
        "hub": hub.endpoint(),
        "repo": listing.repo,
        "asked": request.repo,
        "revision": request.revision,
        "commit": listing.commit,
        "choices": choices if request.choice() in choices else [*choices, request.choice()],
        "files": before["files"] | {file.name: file.size for file in wanted},
    }
    with whole_file(folder.record) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _files_in_words(files: list[hub.HubFile]) -> str:
    size = bytes_in_words(sum(file.size or 0 for file in files))
    return f"{len(files)} file{'' if len(files) == 1 else 's'}, {size}"


def _no_place(folder: _Folder, error: OSError) -> ReportError:
    text = f"{error.filename or folder.path}: cannot be written: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT) and folder.staging.is_dir():
        return IncompleteError(f"{text}; with more room the same command goes on")
    return NoPlaceError(text)


def hints(request: Request, path: Path) -> list[str]:
    """What a study says of the folder."""
    if request.kind == "model":
        return [f"in a study:  models: [{{id: {path.name}, path: {path}}}]"]
    record = _Folder(path).read()
    if record is None:
        return []
    patterns = sorted(
        {f"{(path / name).parent}/*{''.join(Path(name).suffixes[-2:])}" for name in record["files"]}
    )
    shown = ", ".join(patterns[:3]) + (", …" if len(patterns) > 3 else "")
    first = path / min(record["files"])
    return [
        f"in a study:  corpora: [{{id: {path.name}, files: [{shown}], fields: {{text: …}}}}]",
        f"its fields:  attnsweep corpus inspect {first}",
    ]


def main(request: Request, quiet: bool) -> Path:
    """Prints progress and hints to stderr; the caller prints the folder."""

    def says(text: str) -> None:
        if not quiet:
            print(text, file=sys.stderr, flush=True)

    path = fetch(request, says, bars=not quiet and sys.stderr.isatty())
    if not request.dry_run:
        for line in hints(request, path):
            says(line)
    return path
