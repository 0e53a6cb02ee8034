"""A notebook in a real Jupyter kernel: cells are run one by one, what they show is looked at."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List

import nbformat
from nbclient import NotebookClient

_CELL_S = 120


class Cell:
    """A cell that has been run. What it shows may change afterwards, when a display of it is updated."""

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    @property
    def outputs(self) -> List[Dict[str, Any]]:
        return list(self._cell.outputs)

    def text(self, stream: str = "stdout") -> str:
        """What was printed."""
        return "".join(one["text"] for one in self.outputs if one["output_type"] == "stream" and one["name"] == stream)

    @property
    def shown(self) -> List[Dict[str, str]]:
        """What was displayed, by MIME type: displays, and the value of the last line."""
        return [one["data"] for one in self.outputs if one["output_type"] in ("display_data", "execute_result")]

    @property
    def html(self) -> str:
        """The one table that is displayed."""
        (shown,) = self.shown
        return shown["text/html"]


class Notebook:
    """Cells share a kernel, as in Jupyter."""

    def __init__(self, client: NotebookClient) -> None:
        self._client = client

    def cell(self, code: str) -> Cell:
        """Run a cell to its end. CellExecutionError: it raised."""
        cells = self._client.nb.cells
        cells.append(nbformat.v4.new_code_cell(code))
        self._client.execute_cell(cells[-1], len(cells) - 1)
        return Cell(cells[-1])

    @property
    def newest(self) -> Cell:
        """The cell that runs, or that was run last."""
        return Cell(self._client.nb.cells[-1])

    @property
    def saved(self) -> str:
        """The notebook as its file holds it."""
        return str(nbformat.writes(self._client.nb))


@contextmanager
def notebook(folder: Path, **variables: str) -> Iterator[Notebook]:
    """A notebook in ``folder``; its kernel, with this process's environment and ``variables``, ends with the block."""
    own = {"IPYTHONDIR": str(folder / ".ipython"), "JUPYTER_CONFIG_DIR": str(folder / ".jupyter")}
    client = NotebookClient(
        nbformat.v4.new_notebook(),
        kernel_name="python3",
        timeout=_CELL_S,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel(env={**os.environ, **own, **variables}):
        yield Notebook(client)
