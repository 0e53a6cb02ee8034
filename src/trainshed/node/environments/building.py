"""From a lock to a virtual environment at its final path. ``complete.json``, written last, makes it exist."""

from __future__ import annotations

import os
import time
from typing import Sequence

from trainshed.contract.variables import RUNTIME
from trainshed.contract.wire import format_time, now
from trainshed.node import disk
from trainshed.node.environments.pythons import Python
from trainshed.node.environments.resolving import names_in, normalised
from trainshed.node.environments.store import Built, Facts, Store, boot, fingerprint, site_packages
from trainshed.node.environments.trouble import CannotBuild
from trainshed.node.environments.uv import Uv

_PTH, _LENT = "trainshed-runtime.pth", "trainshed-lent.pth"
_PIP = """#!/bin/sh
exec '%s' -m pip "$@"
"""
#: Read by Python at each start, also with -I and -E. Nothing in it can raise. It acts once, as that of an installed
#: Trainshed does (tools/trainshed-v1.pth).
_LINE = (
    'import os, sys; _v1 = os.environ.get("%s", ""); os.environ.get("TRAINSHED_V1") == "off" '
    'or hasattr(sys, "_trainshed_v1") or not os.path.isdir(_v1) '
    'or (_v1 in sys.path or sys.path.insert(0, _v1), setattr(sys, "_trainshed_v1", _v1))\n' % RUNTIME
)


def build(uv: Uv, store: Store, name: str, python: Python, options: Sequence[str], *, resolved_now: bool) -> Built:
    """Build an environment, for the holder of its lock; on record as used by this node.

    Args:
        options: lines for a requirements file that say where packages come from.
        resolved_now: uv has just asked where they lie.

    Raises:
        CannotBuild: a package can't be fetched, or built for this Python.
    """
    began = time.monotonic()
    uv.end_orphans()
    number = store.next_number(name)
    layout = store.layout.environment(name)
    folder = str(layout.build(number))
    lock = store.lock_text(name)
    uv.run("venv", "--quiet", "--no-project", "--python", python.path, folder, cwd=str(layout.root))
    _install(uv, folder, lock, options, resolved_now=resolved_now)
    _furnish(folder, lock, python)
    facts = Facts(
        python=python.version,
        base=python.path,
        fingerprint=fingerprint(folder),
        boot=boot(),
        built_at=format_time(now()),
        took_s=round(time.monotonic() - began, 3),
    )
    disk.write_record(layout.complete(number), facts)
    built = store.use_locked(name)
    if built is None:
        raise CannotBuild("environment %s was changed while it was built" % name)
    return built


def _install(uv: Uv, folder: str, lock: str, options: Sequence[str], *, resolved_now: bool) -> None:
    """From an older lock first from uv's own cache alone, which asks nobody; else with all sources."""
    disk.write_whole(os.path.join(folder, "lock.txt"), lock.encode("utf-8"))
    disk.write_whole(os.path.join(folder, "options.txt"), "".join(line + "\n" for line in options).encode("utf-8"))
    words = [
        "pip",
        "sync",
        "--python",
        os.path.join(folder, "bin", "python"),
        "--allow-empty-requirements",
        *uv.sources,
    ]
    files = ["lock.txt", *(["options.txt"] if options else [])]
    if not resolved_now:
        try:
            uv.run(*words, "--offline", "--no-build", *files, cwd=folder, quietly=True)
            return
        except CannotBuild:
            pass
    uv.run(*words, *files, cwd=folder)


def _furnish(folder: str, lock: str, python: Python) -> None:
    """What `azureml` needs; and pip, for scripts that call it, as it came with the Python (pip runs from its wheel, as
    ensurepip lets it). What the lock names, the environment has.
    """
    named = names_in(lock)
    wheels = {normalised(os.path.basename(path).split("-")[0]): path for path in python.bundled}
    lent = {name: path for name, path in wheels.items() if name not in named}
    for place in site_packages(folder):
        disk.write_whole(os.path.join(place, _PTH), _LINE.encode("ascii"))
        if lent:
            lines = "".join(path + "\n" for _, path in sorted(lent.items()))
            disk.write_whole(os.path.join(place, _LENT), os.fsencode(lines))
    if "pip" in lent:
        for name in ("pip", "pip3"):
            text = _PIP % os.path.join(folder, "bin", "python")
            disk.write_whole(os.path.join(folder, "bin", name), os.fsencode(text), mode=0o755)
