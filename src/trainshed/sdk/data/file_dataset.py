"""FileDataset: files of datastores, local folders and URLs, in an order, under names.

Follows: azureml.data.file_dataset.FileDataset (1.62). Known differences: a mount on this machine is a folder of links;
``as_hdfs``, ``as_cache``, ``hydrate``, ``filter`` and ``file_metadata`` are missing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from trainshed.contract.data_errors import DataInTheWay
from trainshed.contract.data_files import DataFile, find
from trainshed.contract.errors import BadValue
from trainshed.contract.spec import DataStep
from trainshed.sdk.data.abstract_dataset import AbstractDataset
from trainshed.sdk.data.places import local_files, require_any, telling
from trainshed.sdk.data.transfer import copy_file

if TYPE_CHECKING:
    from trainshed.sdk.data.consumption import DatasetConsumptionConfig
    from trainshed.sdk.data.mounting import MountContext


class FileDataset(AbstractDataset):
    """Files, by definition: which there are is looked up each time."""

    def to_path(self) -> List[str]:
        """The names of its files, each with a ``/`` before it, as they appear in a mount or download.

        They are relative to the deepest folder that the definition fixes: ``(datastore, 'dog/year-*/*.jpg')`` gives
        ``/year-2018/1.jpg``.

        Raises:
            NoFiles: a path of the definition matches nothing (any more).
        """
        return ["/" + file.name for file in self._files()]

    def download(
        self, target_path: Optional[str] = None, overwrite: bool = False, ignore_not_found: bool = False
    ) -> List[str]:
        """Copy its files here.

        Args:
            target_path: a folder, made if it is missing; a temporary one when None.
            overwrite: replace files that are there.
            ignore_not_found: leave out files that went away, also all of them.

        Returns:
            The copies' absolute names, in the order of the dataset.

        Raises:
            NoFiles: a path of the definition matches nothing (any more).
            DataInTheWay: a file is there already; nothing was copied. UrlUnreachable.
        """
        files = self._files(may_be_gone=ignore_not_found)
        if target_path is None:
            import tempfile

            target_path = tempfile.mkdtemp()
        root = os.path.abspath(os.path.expanduser(os.fspath(target_path)))
        pairs = [(file, os.path.join(root, *file.name.split("/"))) for file in files]
        for _, target in pairs:
            if not overwrite and os.path.lexists(target):
                raise DataInTheWay(path=target)
        sources = local_files(files)
        with telling("copied"):
            os.makedirs(root, exist_ok=True)
            return _copy(pairs, sources, ignore_missing=ignore_not_found)

    def mount(self, mount_point: Optional[str] = None, **kwargs: Any) -> MountContext:
        """Its files in a folder, without copying them: ``with dataset.mount(folder) as mounted: ...``.

        Args:
            mount_point: an empty folder, or one that is made; a temporary one when None.
            kwargs: v1's options; no effect.
        """
        from trainshed.sdk.data.mounting import MountContext

        return MountContext(self, mount_point)

    def as_mount(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        """To be given to a run, read in place; under a name that is made up.

        Args:
            path_on_compute: where the script expects it; a folder of the run's when None.
        """
        return self._made_up().as_mount(path_on_compute)

    def as_download(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        """To be given to a run, copied to its node; under a name that is made up.

        Args:
            path_on_compute: where the script expects it; a folder of the run's when None.
        """
        return self._made_up().as_download(path_on_compute)

    def _made_up(self) -> DatasetConsumptionConfig:
        return self.as_named_input("input_" + os.urandom(4).hex())

    def skip(self, count: int) -> FileDataset:
        """All but the first ``count`` files."""
        return self._with(DataStep("skip", count=_count(count)))

    def take(self, count: int) -> FileDataset:
        """The first ``count`` files."""
        return self._with(DataStep("take", count=_count(count)))

    def take_sample(self, probability: float, seed: Optional[int] = None) -> FileDataset:
        """About that share of the files, chosen at random; the same ones for the same seed."""
        share = _share("probability", probability)
        return self._with(DataStep("sample", low=0.0, high=share, seed=_seed(seed)))

    def random_split(self, percentage: float, seed: Optional[int] = None) -> Tuple[FileDataset, FileDataset]:
        """Two datasets that have each file once between them, the first about ``percentage`` of them.

        Args:
            percentage: in [0, 1].
            seed: the same one gives the same split; made up when None.
        """
        share, chosen = _share("percentage", percentage), _seed(seed)
        low = self._with(DataStep("sample", low=0.0, high=share, seed=chosen))
        return low, self._with(DataStep("sample", low=share, high=1.0, seed=chosen))

    def _with(self, step: DataStep) -> FileDataset:
        return self._make(self._paths, (*self._steps, step), self._stores, self._workspace)

    def _files(self, *, may_be_gone: bool = False) -> Tuple[DataFile, ...]:
        """Those that there are now; NoFiles as at submit, so that data that went away never reads as empty."""
        paths = self._rooted()
        if not may_be_gone:
            require_any(paths)
        with telling("read"):
            return find(paths, self._steps).files


def _copy(pairs: List[Tuple[DataFile, str]], sources: List[str], *, ignore_missing: bool) -> List[str]:
    copied = []
    for (_, target), origin in zip(pairs, sources):
        try:
            copy_file(origin, target)
        except FileNotFoundError:
            if not ignore_missing:
                raise
            continue
        copied.append(target)
    return copied


def _count(count: Any) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise BadValue(what="count %r" % (count,), why="give a whole number of files")
    return count


def _share(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
        raise BadValue(what="%s %r" % (what, value), why="give a number from 0 to 1")
    return float(value)


def _seed(seed: Any) -> int:
    if seed is None:
        return int.from_bytes(os.urandom(4), "big") >> 1
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise BadValue(what="seed %r" % (seed,), why="give a whole number")
    return seed
