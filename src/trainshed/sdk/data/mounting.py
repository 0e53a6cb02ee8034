"""A dataset's files in a folder of this machine: links, made and taken away again.

Follows: azureml.dataprep's MountContext, as FileDataset.mount gave it (1.11): ``start``, ``stop``, ``mount_point``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List, Optional, Sequence

from trainshed.contract.data_errors import DataInTheWay

if TYPE_CHECKING:
    from trainshed.sdk.data.file_dataset import FileDataset


class MountContext:
    """A mount that can be started and stopped; ``with`` does both.

    Args:
        dataset: whose files.
        mount_point: an empty folder, or one that is made; a temporary one when None.
    """

    def __init__(self, dataset: FileDataset, mount_point: Optional[str]) -> None:
        self._dataset = dataset
        self._given = None if mount_point is None else os.path.abspath(os.path.expanduser(os.fspath(mount_point)))
        self._point: Optional[str] = self._given
        self._made: List[str] = []
        self._started = False

    @property
    def mount_point(self) -> str:
        """The folder."""
        if self._point is None:
            import tempfile

            self._point = tempfile.mkdtemp()
            self._made.append(self._point)
        return self._point

    def start(self) -> None:
        """Put the files there. Again: nothing.

        Raises:
            NoFiles: a path of the dataset matches nothing (any more).
            DataInTheWay: the folder is not empty. UrlUnreachable.
        """
        if self._started:
            return
        files = self._dataset._files()
        point = self.mount_point
        if os.path.isdir(point) and os.listdir(point):
            raise DataInTheWay(path=point)
        from trainshed.sdk.data.places import local_files, telling

        sources = local_files(files)
        self._started = True
        try:
            with telling("linked"):
                self._fill(point, [file.name for file in files], sources)
        except BaseException:
            self.stop()
            raise

    def _fill(self, point: str, names: Sequence[str], sources: Sequence[str]) -> None:
        self._make_folder(point)
        for name, source in zip(names, sources):
            target = os.path.join(point, *name.split("/"))
            self._make_folder(os.path.dirname(target))
            os.symlink(source, target)
            self._made.append(target)

    def stop(self) -> None:
        """Take links and folders away again; what somebody else put there stays."""
        self._started = False
        for path in reversed(self._made):
            if os.path.islink(path):
                os.unlink(path)
            elif os.path.isdir(path) and not os.listdir(path):
                os.rmdir(path)
        self._made = []
        self._point = self._given

    def _make_folder(self, folder: str) -> None:
        if os.path.isdir(folder):
            return
        self._make_folder(os.path.dirname(folder))
        os.mkdir(folder)
        self._made.append(folder)

    def __enter__(self) -> MountContext:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
