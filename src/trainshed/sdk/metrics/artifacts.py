"""Metrics whose value is a file of the run: images, and the JSON kinds. The metric holds the file's address."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Union

from trainshed.contract.errors import BadMetric, FileExists
from trainshed.contract.names import check_file_name
from trainshed.sdk.files import sending
from trainshed.sdk.metrics import kinds

if TYPE_CHECKING:
    from trainshed.sdk.run_identity import RunIdentity

#: v1's form of the address of a run's file.
_ADDRESS = "aml://artifactId/ExperimentRun/dcid.%s/%s"
_PNG = ".png"


def image(run: RunIdentity, name: str, path: Any, plot: Any) -> str:
    """Make a picture a file of the run, named ``<name>_<seconds since the epoch>`` with its ending; its address.

    Args:
        run: whose file it will be.
        name: of the metric.
        path: a file, or an open one.
        plot: matplotlib's pyplot, a Figure, or what else has ``savefig``.

    Raises:
        BadMetric: neither or both are given, or ``plot`` cannot be drawn.
        SourceMissing: there is no such file.
    """
    check_picture(name, path, plot)
    source: Any = _drawn(name, plot) if path is None else path
    ending = _PNG
    if isinstance(source, (str, os.PathLike)):
        ending = os.path.splitext(os.fspath(source))[1] or _PNG
    return _kept(run, "%s_%d" % (name, time.time()), ending, source)


def check_picture(name: str, path: Any, plot: Any) -> None:
    """BadMetric unless one of the two is given."""
    if (path is None) == (plot is None):
        raise BadMetric(name=name, why="log_image takes either path= or plot=, one of them.")


def _drawn(name: str, plot: Any) -> bytes:
    from io import BytesIO

    if not hasattr(plot, "savefig"):
        why = "plot must be matplotlib.pyplot or a Figure, not %s. For axes give their .figure." % type(plot).__name__
        raise BadMetric(name=name, why=why)
    picture = BytesIO()
    plot.savefig(picture, format="png")
    return picture.getvalue()


def document(run: RunIdentity, name: str, value: Any, kind: str) -> str:
    """Make a value of one of v1's JSON kinds a file of the run, named like the metric; its address.

    Raises:
        BadMetric: it is not what the kind asks for.
    """
    return _kept(run, name, "", kinds.checked(name, value, kind))


def _kept(run: RunIdentity, stem: str, ending: str, source: Union[bytes, str, Any]) -> str:
    """Upload under the first name that is free: ``stem``, ``stem_2`` and so on. Requests: 1 for each that is tried."""
    if hasattr(source, "read"):
        data = source.read()
        source = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    number = 1
    while True:
        path = check_file_name(stem + ("_%d" % number if number > 1 else "") + ending)
        outgoing = sending.Outgoing(path, source) if isinstance(source, bytes) else sending.from_path(path, source)
        try:
            sending.send(run._api, *run._at, [outgoing])
        except FileExists:
            number += 1
            continue
        return _ADDRESS % (run.id, path)
