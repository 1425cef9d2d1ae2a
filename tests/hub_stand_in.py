"""A Hugging Face hub on loopback: the part of its interface that huggingface_hub uses to list a
repository and to fetch its files.

Small files are served by the hub itself and carry git's digest; the others lie, as on the real hub,
in large file storage under another host, to which the hub redirects.
"""

import hashlib
import http.server
import json
import re
import threading
import urllib.parse
from dataclasses import dataclass, field

#: Files from this size on lie in large file storage.
LARGE = 2000


@dataclass
class Repository:
    """One commit of files, under every name of `revisions`."""

    files: dict
    commit: str = "a" * 40
    revisions: tuple = ("main",)
    card: dict = field(default_factory=dict)
    private: bool = False  #: 401 without the token, as for a name that is not there
    gated: bool = False  #: the listing is open, the files need the token


@dataclass
class Fault:
    """What happens to the next requests for a file's bytes: they end after `cut` bytes (`stall`: and
    the connection stays open), or the answer is `status`, or other bytes come."""

    file: str
    cut: int | None = None
    stall: bool = False
    status: int | None = None
    garble: bool = False
    times: int = 1


class HubStandIn:
    """A context: the hub listens while it lasts. `requests` are (method, path, headers)."""

    token = "hf_of_the_tests"

    def __init__(self):
        self.repositories = {}  # (kind, name) → Repository
        self.renamed = {}  # old name → name
        self.faults = []
        self.requests = []
        self.stalled = threading.Event()  #: set when a request stalls
        self.ended = threading.Event()
        self._hub = self._server("127.0.0.1", False)
        self._storage = self._server("127.0.0.2", True)
        self.endpoint = "http://127.0.0.1:%d" % self._hub.server_address[1]
        self.storage = "http://127.0.0.2:%d" % self._storage.server_address[1]

    def _server(self, address, is_storage):
        handler = type("Handler", (_Handler,), {"hub": self, "is_storage": is_storage})
        server = http.server.ThreadingHTTPServer((address, 0), handler)
        server.daemon_threads = True
        return server

    def add(self, name, files, kind="model", **more):
        """Files are given as bytes or text, by their path in the repository."""
        data = {n: d.encode() if isinstance(d, str) else d for n, d in files.items()}
        self.repositories[kind, name] = Repository(data, **more)

    def environment(self, home, token=None):
        """What a client must be told to use this hub and nothing else."""
        return {
            "HF_ENDPOINT": self.endpoint, "HF_HOME": str(home), "HF_TOKEN": token or "",
            "HF_HUB_DISABLE_TELEMETRY": "1", "NO_PROXY": "127.0.0.1,127.0.0.2",
            "no_proxy": "127.0.0.1,127.0.0.2", "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0",
        }

    def fetched(self, file=None):
        """Paths of the requests for files' bytes, or how often `file` was asked for."""
        paths = [p for m, p, _ in self.requests if m == "GET" and not p.startswith("/api/")]
        return paths if file is None else sum(p.endswith("/" + file) for p in paths)

    def __enter__(self):
        for server in (self._hub, self._storage):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for server in (self._hub, self._storage):
            server.shutdown()
            server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub = None
    is_storage = False

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        self.hub.requests.append((self.command, path, dict(self.headers)))
        if self.is_storage:
            self._stored(path)
        elif (found := re.fullmatch(r"/api/(model|dataset)s/(.+?)(?:/revision/(.+))?", path)):
            self._info(*found.groups())
        elif (found := re.fullmatch(r"/(datasets/)?([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)", path)):
            self._file("dataset" if found[1] else "model", found[2], found[3], found[4])
        else:
            self._refuse(404, "NotFound")

    def _authorised(self):
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _repository(self, kind, name):
        """The repository and whether the answer is already given."""
        if name in self.hub.renamed:
            self._send(307, {"Location": self.path.replace(name, self.hub.renamed[name], 1)})
            return None
        repository = self.hub.repositories.get((kind, name))
        if repository is None or (repository.private and not self._authorised()):
            # The real hub does not tell the two apart to a stranger.
            self._refuse(404 if self._authorised() else 401, "RepoNotFound")
            return None
        return repository

    def _info(self, kind, name, revision):
        repository = self._repository(kind, name)
        if repository is None:
            return
        if revision not in (None, repository.commit, *repository.revisions):
            self._refuse(404, "RevisionNotFound")
            return
        siblings = []
        for file, data in sorted(repository.files.items()):
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            sibling = {"rfilename": file, "size": len(data), "blobId": blob}
            if len(data) >= LARGE:
                sha256 = hashlib.sha256(data).hexdigest()
                sibling["blobId"] = hashlib.sha1(sha256.encode()).hexdigest()
                sibling["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 134}
            siblings.append(sibling)
        answer = {
            "_id": "0" * 24, "id": name, "sha": repository.commit, "private": repository.private,
            "gated": "manual" if repository.gated else False, "disabled": False, "downloads": 0,
            "likes": 0, "tags": [], "siblings": siblings, "cardData": repository.card,
            "lastModified": "2025-01-01T00:00:00.000Z", "createdAt": "2025-01-01T00:00:00.000Z",
        }
        body = json.dumps(answer).encode()
        self._send(200, {"Content-Type": "application/json"}, body)

    def _file(self, kind, name, revision, file):
        repository = self._repository(kind, name)
        if repository is None:
            return
        if repository.gated and not self._authorised():
            self._refuse(401, "GatedRepo")
            return
        if revision not in (repository.commit, *repository.revisions):
            self._refuse(404, "RevisionNotFound")
            return
        data = repository.files.get(file)
        if data is None:
            self._refuse(404, "EntryNotFound")
            return
        headers = {"X-Repo-Commit": repository.commit}
        if len(data) < LARGE:
            blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            self._bytes(file, data, headers | {"ETag": f'"{blob}"'})
            return
        sha256 = hashlib.sha256(data).hexdigest()
        place = f"{self.hub.storage}/{kind}/{name}/{file}"
        self._send(302, headers | {
            "Location": place, "X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{sha256}"',
        })

    def _stored(self, path):
        for (kind, name), repository in self.hub.repositories.items():
            if path.startswith(prefix := f"/{kind}/{name}/"):
                file = path.removeprefix(prefix)
                self._bytes(file, repository.files[file], {})
                return
        self._refuse(404, "NotFound")

    def _fault(self, file):
        for fault in self.hub.faults:
            if fault.file == file and fault.times > 0 and self.command == "GET":
                fault.times -= 1
                return fault
        return Fault(file)

    def _bytes(self, file, data, headers):
        """All of the file or the range that is asked for."""
        fault = self._fault(file)
        if fault.status is not None:
            self._refuse(fault.status, "Fault")
            return
        if fault.garble:
            data = bytes(len(data))
        status, headers = 200, headers | {"Accept-Ranges": "bytes"}
        if (asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))):
            first = int(asked[1])
            last = int(asked[2]) if asked[2] else len(data) - 1
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            status, data = 206, data[first:last + 1]
        self._send(status, headers, data, fault)

    def _refuse(self, status, code):
        self._send(status, {"X-Error-Code": code, "X-Error-Message": f"{code} of the tests"}, b"{}")

    def _send(self, status, headers, body=b"", fault=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault is None or fault.cut is None:
            self.wfile.write(body)
            return
        self.wfile.write(body[:fault.cut])
        self.wfile.flush()
        self.close_connection = True
        if fault.stall:
            self.hub.stalled.set()
            self.hub.ended.wait(60)
