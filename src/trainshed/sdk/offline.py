"""What ``Run.get_context()`` gives outside of a run: metrics are printed, and nothing is kept."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence


class _OfflineRun:
    """A stand-in for a run, so that a script also works by itself.

    It has no ``experiment``, no ``parent`` and no ``input_datasets``: scripts tell by that, by the class or by the id
    that they are not in a run.

    Follows: azureml.core.run._OfflineRun.
    """

    def __init__(self, parent_run: Optional[_OfflineRun] = None, run_id: Optional[str] = None, **kwargs: Any) -> None:
        self._id = run_id or "OfflineRun_" + _uuid()
        self._tags: Dict[str, Optional[str]] = {}
        self._properties: Dict[str, str] = {}
        self._children: List[_OfflineRun] = []
        self._status = "Running"

    @property
    def id(self) -> str:
        """``OfflineRun_<uuid>``."""
        return self._id

    @property
    def name(self) -> str:
        """The id."""
        return self._id

    @property
    def number(self) -> int:
        """Always 0."""
        return 0

    @property
    def type(self) -> None:
        """Always None."""

    @property
    def status(self) -> str:
        """``Running`` until ``complete``, ``fail`` or ``cancel``."""
        return self._status

    @property
    def tags(self) -> Dict[str, Optional[str]]:
        """Tags set so far."""
        return dict(self._tags)

    @property
    def properties(self) -> Dict[str, str]:
        """Properties added so far."""
        return dict(self._properties)

    # --- metrics: printed; what a run would refuse is refused here, too

    def log(self, name: str, value: Any, description: str = "", step: Optional[int] = None) -> None:
        """Print the metric. UserErrorException for what is no single value."""
        from trainshed.sdk.metrics import values

        values.scalar(values.check_name(name), value, instead=values.NO_SCALAR)
        values.step_of(name, step)
        self._emit("scalar", name, value)

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Print the metric. UserErrorException for what is no list of single values."""
        from trainshed.sdk.metrics import values

        self._emit("list", name, values.scalars(values.check_name(name), value, instead=values.NO_LIST))

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Print the metric. UserErrorException for a column that is no single value."""
        from trainshed.sdk.metrics import values

        self._emit("row", name, values.row(values.check_name(name), kwargs))

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Print the metric. UserErrorException for what is no dict of columns of one length."""
        from trainshed.sdk.metrics import values

        self._emit("table", name, values.table(values.check_name(name), value))

    def log_image(self, name: str, path: Optional[str] = None, plot: Any = None, description: str = "") -> None:
        """Print that there was one. UserErrorException unless it is either a file or a plot."""
        from trainshed.sdk.metrics import artifacts, values

        artifacts.check_picture(values.check_name(name), path, plot)
        self._emit("image", name, path if path is not None else plot)

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Print the metric. UserErrorException for what is not of the form."""
        from trainshed.sdk.metrics import kinds

        self._emit_document(kinds.CONFUSION_MATRIX, name, value)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """Print the metric. UserErrorException for what is not of the form."""
        from trainshed.sdk.metrics import kinds

        self._emit_document(kinds.ACCURACY_TABLE, name, value)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """Print the metric. UserErrorException for what is not of the form."""
        from trainshed.sdk.metrics import kinds

        self._emit_document(kinds.RESIDUALS, name, value)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """Print the metric. UserErrorException for what is not of the form."""
        from trainshed.sdk.metrics import kinds

        self._emit_document(kinds.PREDICTIONS, name, value)

    def _emit_document(self, kind: str, name: str, value: Any) -> None:
        from trainshed.sdk.metrics import kinds, values

        kinds.checked(values.check_name(name), value, kind)
        self._emit(kind.replace("_", " "), name, value)

    def _emit(self, kind: str, name: str, value: Any) -> None:
        import sys

        sys.stdout.write("Attempted to log %s metric %s:\n%s\n" % (kind, name, value))

    def get_metrics(
        self,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Optional[str] = None,
        populate: bool = False,
    ) -> Dict[str, Any]:
        """Nothing is kept: always empty."""
        return {}

    # --- tags and properties: kept in this object

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Set a tag of this object."""
        self._tags[key] = value

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags of this object."""
        self._tags.update(tags)

    def get_tags(self) -> Dict[str, Optional[str]]:
        """Tags set so far."""
        return self.tags

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Remove tags of this object."""
        for key in (tags,) if isinstance(tags, str) else tags:
            self._tags.pop(key, None)

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties to this object."""
        self._properties.update(properties)

    def get_properties(self) -> Dict[str, str]:
        """Properties added so far."""
        return self.properties

    # --- files: stay where they are

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        """The file stays where it is."""

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[float] = None,
        datastore_name: Optional[str] = None,
    ) -> None:
        """The files stay where they are."""

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> None:
        """The folder stays where it is."""

    def get_file_names(self) -> List[str]:
        """Nothing is kept: always empty."""
        return []

    def register_model(self, model_name: str, model_path: Optional[str] = None, **kwargs: Any) -> None:
        """There is no workspace to register a model in: no effect."""

    # --- its life

    def get_status(self) -> str:
        """See :attr:`status`."""
        return self._status

    def get_details(self) -> Dict[str, Any]:
        """Id, status, tags and properties."""
        return {"runId": self._id, "status": self._status, "tags": self.tags, "properties": self.properties}

    def start(self) -> None:
        """Set the status of this object."""
        self._status = "Running"

    def complete(self, _set_status: bool = True) -> None:
        """Set the status of this object."""
        self._status = "Completed"

    def fail(self, error_details: Any = None, error_code: Optional[str] = None, _set_status: bool = True) -> None:
        """Set the status of this object."""
        self._status = "Failed"

    def cancel(self) -> None:
        """Set the status of this object."""
        self._status = "Canceled"

    def flush(self, timeout_seconds: float = 300) -> None:
        """There is nothing to wait for."""

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """It is the process that asks: returns at once."""
        return self.get_details()

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Any = None) -> _OfflineRun:
        """Another stand-in."""
        child = _OfflineRun(parent_run=self, run_id=run_id)
        self._children.append(child)
        return child

    def create_children(
        self, count: Optional[int] = None, tag_key: Optional[str] = None, tag_values: Optional[Sequence[str]] = None
    ) -> List[_OfflineRun]:
        """Several stand-ins, tagged if ``tag_values`` says so."""
        children = [self.child_run() for _ in range(count if count is not None else len(tag_values or ()))]
        for child, value in zip(children, tag_values or ()):
            child.tag(str(tag_key), value)
        return children

    def get_children(self, recursive: bool = False, **kwargs: Any) -> Iterator[_OfflineRun]:
        """The stand-ins made from this one, newest first."""
        for child in reversed(self._children):
            yield child
            if recursive:
                yield from child.get_children(recursive=True)

    def __enter__(self) -> _OfflineRun:
        return self

    def __exit__(self, exit_type: Any, value: Any, traceback: Any) -> None:
        if exit_type is None:
            self.complete()
        else:
            self.fail(value)

    def __repr__(self) -> str:
        return "Run(Id: %s, Type: offline, Status: %s)" % (self._id, self._status)


def _uuid() -> str:
    """A random UUID; the module uuid costs more than the rest of a script's start."""
    import os

    text = bytearray(os.urandom(16))
    text[6], text[8] = text[6] & 0x0F | 0x40, text[8] & 0x3F | 0x80
    digits = text.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
