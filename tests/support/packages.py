"""Small real packages, made by the test that needs them: an index without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    needs: Sequence[str] = (),
    python: str = "",
    files: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
    module: bool = True,
) -> Path:
    """A wheel whose module `name` holds VERSION (not without `module`); `files` come besides."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += f"Requires-Python: {python}\n" if python else ""
    metadata += "".join(f"Requires-Dist: {need}\n" for need in needs)
    content = {
        **({f"{stem}.py": f"VERSION = {version!r}\n"} if module else {}),
        **(files or {}),
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},{_hash(text)},{len(text.encode())}\n" for path, text in content.items())
    path = folder / f"{stem}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in {**content, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(inside, text)
    return path


def make_sdist(folder: Path, name: str, version: str, setup: str) -> Path:
    """A source distribution that is built by the given code: it can take its time, or fail."""
    backend = (
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\n'
    )
    files = {
        "pyproject.toml": backend,
        "backend.py": setup,
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n",
    }
    return _make_tar(folder, name, version, files)


def make_old_sdist(folder: Path, name: str, version: str, setup: str) -> Path:
    """One as they were made in 2020: a `setup.py`, of which nobody knows what it needs to run."""
    return _make_tar(folder, name, version, {"setup.py": f"NAME, VERSION = {name!r}, {version!r}\n{setup}\n"})


def make_setuptools(folder: Path, version: str, *also: str) -> Path:
    """As much of setuptools as `make_old_sdist` needs; `also`: modules that this release has."""
    files = {
        "setuptools/__init__.py": "",
        "setuptools/build_meta.py": _OLD_BACKEND,
        **{f"{module}/__init__.py": "" for module in also},
    }
    return make_wheel(folder, "setuptools", version, files=files, module=False)


#: Runs setup.py, and makes a wheel of one module.
_OLD_BACKEND = """
import sys, zipfile
__legacy__ = sys.modules[__name__]
METADATA = 'Metadata-Version: 2.1\\nName: {}\\nVersion: {}\\nRequires-Dist: setuptools\\n'
WHEEL = 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'
def get_requires_for_build_wheel(config_settings=None):
    _setup()
    return []
def _setup():
    found = {}
    exec(open('setup.py').read(), found)
    return found['NAME'], found['VERSION']
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name, version = _setup()
    file = f'{name}-{version}-py3-none-any.whl'
    with zipfile.ZipFile(f'{directory}/{file}', 'w') as wheel:
        wheel.writestr(f'{name}.py', f'VERSION = {version!r}')
        info = f'{name}-{version}.dist-info/'
        wheel.writestr(info + 'METADATA', METADATA.format(name, version))
        wheel.writestr(info + 'WHEEL', WHEEL)
        wheel.writestr(info + 'RECORD', '')
    return file
"""


def _make_tar(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    import io
    import tarfile

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for inside, text in files.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{name}-{version}/{inside}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


class HttpIndex:
    """A package index over HTTP (PEP 503) of the wheels in a folder; as a context manager.

    Args:
        credentials: ``user:password`` that it asks for.
        uploaded: when, by the file's name: then it answers in JSON.
    """

    def __init__(self, folder: Path, uploaded: Mapping[str, str] | None = None, credentials: str = "") -> None:
        self._folder = folder
        self._credentials = credentials
        self._uploaded = uploaded or {}
        self.asked: List[str] = []

    def __enter__(self) -> HttpIndex:
        handler = type(
            "Handler",
            (_Handler,),
            {
                "folder": self._folder,
                "asked": self.asked,
                "credentials": self._credentials,
                "uploaded": self._uploaded,
            },
        )
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return "http://127.0.0.1:%d/simple/" % self._http.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    asked: List[str]
    credentials: str
    uploaded: Mapping[str, str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        given = self.headers.get("Authorization", "").partition(" ")[2]
        if base64.b64decode(given).decode() != self.credentials:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        name = self.path.strip("/").split("/")[-1]
        if self.path.startswith("/files/"):
            return self._send((self.folder / name).read_bytes(), "application/octet-stream")
        if self.uploaded:
            return self._send(json.dumps(self._listed(name)).encode(), "application/vnd.pypi.simple.v1+json")
        links = [
            f'<a href="/files/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">{path.name}</a>'
            for path in sorted(self.folder.glob(f"{name.replace('-', '_')}-*.whl"))
        ]
        return self._send("".join(links).encode(), "text/html") if links else self.send_error(404)

    def _listed(self, name: str) -> Dict[str, Any]:
        """PEP 691, with the times of PEP 700."""
        files = [
            {
                "filename": path.name,
                "url": f"/files/{path.name}",
                "hashes": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
                "upload-time": self.uploaded.get(path.name, "2000-01-01T00:00:00Z"),
            }
            for path in sorted(self.folder.glob(f"{name.replace('-', '_')}-*.whl"))
        ]
        return {"meta": {"api-version": "1.1"}, "name": name, "files": files, "versions": []}

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
