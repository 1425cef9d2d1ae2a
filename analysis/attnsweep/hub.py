"""The door to a Hugging Face hub: its own client, whose errors become ours with what to do.

The client obeys HF_ENDPOINT (which hub), HF_TOKEN or the token of `hf auth login`, HF_HOME (token
and cache: files that are in the cache are copied, not fetched again), HF_HUB_OFFLINE and the proxy
variables. Versions 0.30 to 2.4 of it behave alike here.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import huggingface_hub
from huggingface_hub import constants, errors, utils

from attnsweep import __version__
from attnsweep.errors import InputError, ReportError, UsageError

#: Packages that carry the client's requests: their errors mean that the hub was not reached.
CARRIERS = {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2", "hf_xet"}


#: Seconds before a broken transfer is tried again.
WAITS = (1.0, 5.0, 20.0)


@dataclass(frozen=True)
class HubFile:
    """A file of a repository; size and digests where the hub tells them."""

    name: str  #: path in the repository
    size: int | None
    sha256: str | None  #: of files in large file storage
    git_blob: str | None  #: git's own digest, of the others

    def matches(self, file: Path) -> bool:
        """Whether `file` holds these bytes, as far as the hub tells."""
        if not file.is_file() or (self.size is not None and file.stat().st_size != self.size):
            return False
        if self.sha256 is None and self.git_blob is None:
            return True
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(usedforsecurity=False)
        if not self.sha256:
            digest.update(b"blob %d\0" % file.stat().st_size)
        with open(file, "rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest() == (self.sha256 or self.git_blob)


@dataclass(frozen=True)
class Listing:
    """A repository at one commit."""

    kind: str  #: "model" or "dataset"
    repo: str  #: as the hub spells it
    revision: str | None  #: as it was asked for
    commit: str
    files: dict[str, HubFile]
    card: dict[str, Any]


def endpoint() -> str:
    return constants.ENDPOINT


def page(kind: str, repo: str) -> str:
    """The repository's address, for messages."""
    return f"{endpoint()}/{'datasets/' if kind == 'dataset' else ''}{repo}"


def look(kind: str, repo: str, revision: str | None) -> Listing:
    """Asks the hub what a repository holds. Throws InputError where it is not to be had, UsageError
    for a name that no repository can have."""
    api = huggingface_hub.HfApi(library_name="attnsweep", library_version=__version__)
    with _ours(kind, repo, revision):
        info: huggingface_hub.ModelInfo | huggingface_hub.DatasetInfo
        if kind == "model":
            info = api.model_info(repo, revision=revision, files_metadata=True)
        else:
            info = api.dataset_info(repo, revision=revision, files_metadata=True)
    files = {}
    for sibling in info.siblings or []:
        name = sibling.rfilename
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise InputError(f"{page(kind, repo)}: the file name {name!r} leads out of the folder")
        lfs = sibling.lfs
        files[name] = HubFile(
            name,
            sibling.size,
            sha256=lfs["sha256"] if lfs else None,
            git_blob=None if lfs else sibling.blob_id,
        )
    card = info.card_data.to_dict() if info.card_data is not None else {}
    return Listing(kind, info.id, revision, info.sha or revision or "main", files, card)


def download(listing: Listing, file: HubFile, folder: Path) -> Path:
    """Brings one file into `folder` and checks its digest; what is there already is not fetched
    again. The client puts it under its name only when it is whole."""
    with _ours(listing.kind, listing.repo, listing.revision):
        path = _patiently(
            lambda: huggingface_hub.hf_hub_download(
                listing.repo,
                file.name,
                repo_type=listing.kind,
                revision=listing.commit,
                local_dir=folder,
                library_name="attnsweep",
                library_version=__version__,
            )
        )
    if not file.matches(Path(path)):
        os.unlink(path)  # or the next try would take it for the file
        raise InputError(
            f"{page(listing.kind, listing.repo)}: {file.name} came with other bytes than the hub"
            " lists and was removed"
        )
    return Path(path)


def _patiently(transfer: Callable[[], str]) -> str:
    """A broken connection is tried again: not every version of the client does so itself."""
    for wait in WAITS:
        try:
            return transfer()
        except Exception as error:
            cause = _cause(error)
            if isinstance(cause, errors.HfHubHTTPError) or not _is_of_the_way(cause):
                raise
        time.sleep(wait)
    return transfer()


def show_bars(wanted: bool) -> None:
    """The client's own progress bars."""
    (utils.enable_progress_bars if wanted else utils.disable_progress_bars)()


@contextmanager
def _ours(kind: str, repo: str, revision: str | None) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if (translated := _translate(error, kind, repo, revision)) is not None:
            raise translated from error
        raise


def _translate(error: Exception, kind: str, repo: str, revision: str | None) -> ReportError | None:
    """The message of an error of the client; nothing for what is no error of the hub's."""
    if isinstance(error, errors.HFValidationError):
        return UsageError(f"'{repo}' is no name of a repository (OWNER/NAME): {error}")
    error = _cause(error)
    where = page(kind, repo)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return InputError(f"{where}: HF_HUB_OFFLINE is set" + _cached(kind, repo, revision))
    if isinstance(error, errors.GatedRepoError):
        return InputError(f"{where}: is gated: accept its terms on that page; {_token()}")
    if isinstance(error, errors.RevisionNotFoundError):
        return InputError(f"{where}: has no revision '{revision or 'main'}'")
    if isinstance(error, errors.RepositoryNotFoundError):
        return InputError(f"{where}: no such {_noun(kind)}, or it is private; {_token()}")
    if isinstance(error, errors.HfHubHTTPError):
        return InputError(f"{where}: {_answer(error)}")
    if _is_of_the_way(error):
        return InputError(
            f"{where}: no connection to {endpoint()}: {_reason(error)}; HF_ENDPOINT names another"
            " hub, HTTPS_PROXY a proxy" + _cached(kind, repo, revision)
        )
    return None


def _cause(error: Exception) -> Exception:
    """What kept the client from the hub: it says of that only that the file is not here either."""
    inner = error.__cause__
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(inner, Exception):
        return inner
    return error


def _noun(kind: str) -> str:
    return "data set" if kind == "dataset" else "model"


def _token() -> str:
    if huggingface_hub.get_token() is None:
        return "no token was sent: set HF_TOKEN or call `hf auth login`"
    return "the token that was sent (HF_TOKEN, or that of `hf auth login`) gives no access"


def _answer(error: errors.HfHubHTTPError) -> str:
    status = getattr(error.response, "status_code", None)
    if status == 401:
        return f"the hub refuses the token (401); {_token()}"
    if status == 403:
        return f"no access (403); {_token()}"
    told = getattr(error, "server_message", None) or _reason(error)
    return f"the hub answers {status}: {told}" if status else told


def _is_of_the_way(error: Exception) -> bool:
    """Whether an error is of the connection or of what came over it."""
    modules = {cls.__module__.split(".")[0] for cls in type(error).__mro__}
    if modules & CARRIERS or isinstance(error, (ConnectionError, TimeoutError)):
        return True
    if isinstance(error, (errors.LocalEntryNotFoundError, errors.FileMetadataError)):
        return True
    # The client's own check of a file's size, and its Xet library, have no better types.
    return (isinstance(error, OSError) and error.errno is None) or type(error) is RuntimeError


def _reason(error: Exception) -> str:
    """The innermost cause, in one line: the outer ones of the carriers repeat it with addresses of
    objects."""
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:
        seen.append(inner)
        inner = inner.__cause__ or inner.__context__
    texts = [e.strerror if isinstance(e, OSError) and e.strerror else str(e) for e in seen]
    words = next((text for text in reversed(texts) if text.strip()), type(error).__name__)
    return " ".join(words.split())


def _cached(kind: str, repo: str, revision: str | None) -> str:
    """Where the client's cache has the model, if it has: a study can use that folder as it is."""
    if kind != "model":
        return ""
    found = huggingface_hub.try_to_load_from_cache(repo, "config.json", revision=revision)
    if not isinstance(found, str):
        return ""
    return f". The hub's cache has it: a study may say `path: {Path(found).parent}`"
