"""A run's files, its logs among them. Imported by every script, so it imports next to nothing."""

from __future__ import annotations

from trainshed.sdk.run_logging import RunLogging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional, Sequence

    from trainshed.sdk.files import fetching
    from trainshed.sdk.interactive import Outputs


class RunFiles(RunLogging):
    """A run whose files can be sent and brought."""

    #: The folder of a notebook's run whose new files become its ``outputs/``.
    _outputs: Optional[Outputs]

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        """Make a file one of the run's files.

        Args:
            name: its name in the run, such as ``outputs/model.pkl``.
            path_or_stream: a path, or an open file.
            datastore_name: no effect.

        Raises:
            UserErrorException: a bad name, one that is taken, or no such file; nothing is recorded then.
        """
        from trainshed.sdk.files import sending

        sending.send(self._api, *self._at, [sending.from_path_or_stream(name, path_or_stream)])

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[float] = None,
        datastore_name: Optional[str] = None,
    ) -> None:
        """The same for several files: all of them, or none. ``names`` and ``paths`` are of one length."""
        from trainshed.contract.errors import BadValue
        from trainshed.sdk.files import sending

        if len(names) != len(paths):
            raise BadValue(what="upload_files", why="%d names were given for %d paths" % (len(names), len(paths)))
        sending.send(self._api, *self._at, [sending.from_path(*pair) for pair in zip(names, paths)])

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> None:
        """All files below a folder become the run's, below ``name``."""
        from trainshed.sdk.files import sending

        sending.send(self._api, *self._at, sending.from_folder(name, path))

    def get_file_names(self) -> List[str]:
        """The names of the run's files, sorted. One request."""
        return self._files().names()

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        """Bring a file here; of one that is still being written, the bytes so far.

        Args:
            name: its name in the run.
            output_file_path: where to, a path or a folder; by default the current folder.

        Raises:
            FileNotInRun: there is no such file; the message names those that there are.
        """
        from trainshed.sdk.files import fetching

        fetching.one(self._files(), name, output_file_path)

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: Optional[Sequence[str]] = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: Optional[float] = None,
    ) -> None:
        """Bring all files whose names begin with ``prefix``.

        Args:
            prefix: by default all files.
            output_directory: where to; by default the current folder.
            output_paths: a path for each file, in the order of ``get_file_names``.
            batch_size, timeout_seconds: no effect.
            append_prefix: keep the prefix in the paths.
        """
        from trainshed.sdk.files import fetching

        fetching.many(self._files(), prefix, output_directory, output_paths, append_prefix=append_prefix)

    def get_all_logs(self, destination: Optional[str] = None) -> List[str]:
        """Bring the logs into the folder ``destination``, by default one named by the run's id; where they are."""
        from trainshed.sdk import details
        from trainshed.sdk.files import fetching

        run = self._files()
        folder = destination if destination is not None else self._id
        names = [name for name in run.names() if name.startswith(details.LOGS)]
        return [fetching.one(run, name, "%s/%s" % (folder, name)) for name in names]

    def _files(self) -> fetching.Run:
        from trainshed.sdk.files import fetching

        return fetching.Run(self._api, *self._at)

    def _get_outputs_datapath(self) -> str:
        """The folder whose files become the run's ``outputs/``."""
        import os

        if self._outputs is not None:
            return self._outputs.folder
        return os.path.abspath("outputs")

    def _own_outputs(self) -> Optional[str]:
        """The folder of this computer that becomes the run's ``outputs/``, if this process writes it."""
        if self._outputs is not None:
            return self._outputs.folder
        if not self._is_own:
            return None
        import os

        from trainshed.contract import variables

        return os.environ.get(variables.OUTPUT_DIRECTORY) or os.path.abspath("outputs")
