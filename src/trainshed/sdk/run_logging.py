"""What a run logs. Imported by every script, so it imports next to nothing."""

from __future__ import annotations

from _weakref import ref

from trainshed.sdk import context
from trainshed.sdk.run_identity import RunIdentity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from trainshed.sdk.metrics.writer import MetricWriter


class RunLogging(RunIdentity):
    """A run that metrics can be logged to, from its own script or from elsewhere."""

    _metrics: Optional[MetricWriter]
    _released: Optional[Tuple[str, Dict[str, int]]]

    def log(self, name: str, value: Any, description: str = "", step: Optional[int] = None) -> None:
        """Log one value: a number, a string, a bool or None; numpy's and tensors' scalars count as numbers.

        Logged once, ``get_metrics`` gives the value; logged repeatedly, a list. Returns when the operating system has
        it: it survives this process. Never raises because a disk is full or a server away.

        Args:
            name: the metric.
            value: what to log.
            description: free text, kept with the metric.
            step: x axis of the chart; by default the points are counted.

        Raises:
            UserErrorException: ``value`` is a list, a dict or anything else that is no single value; the name is empty.
        """
        writer = self._metrics or self._open_metrics()
        kind = value.__class__
        if kind is not float and kind is not int:
            value = _number(value)
            kind = value.__class__
        # Numbers go the short way; `value - value` is nan for nan and the infinities.
        short = (kind is float and value - value == 0.0) or kind is int
        if short and name and name.__class__ is str and not description and (step is None or step.__class__ is int):
            writer.number(name, value, step)
            return
        from trainshed.contract.spool import SCALAR
        from trainshed.sdk.metrics import values

        name = values.check_name(name)
        point = values.scalar(name, value, instead=values.NO_SCALAR)
        writer.point(SCALAR, name, point, values.step_of(name, step), str(description or ""))

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log a list of values: a list, an array of one dimension, or a generator.

        Raises:
            UserErrorException: an item is no single value; nothing is logged then.
        """
        from trainshed.contract.spool import LIST
        from trainshed.sdk.metrics import values

        name = values.check_name(name)
        items = values.scalars(name, value, instead=values.NO_LIST)
        (self._metrics or self._open_metrics()).point(LIST, name, items, None, str(description or ""))

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Log a row of named values: ``run.log_row('y over x', x=1, y=0.4)``. Rows of one name make a table.

        Raises:
            UserErrorException: a value is no single value.
        """
        from trainshed.contract.spool import ROW
        from trainshed.sdk.metrics import values

        name = values.check_name(name)
        row = values.row(name, kwargs)
        (self._metrics or self._open_metrics()).point(ROW, name, row, None, str(description or ""))

    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Log a whole table: a dict of lists of one length.

        Raises:
            UserErrorException: it is no dict, its columns differ in length, or an item is no single value.
        """
        from trainshed.contract.spool import TABLE
        from trainshed.sdk.metrics import values

        name = values.check_name(name)
        table = values.table(name, value)
        (self._metrics or self._open_metrics()).point(TABLE, name, table, None, str(description or ""))

    def log_image(self, name: str, path: Any = None, plot: Any = None, description: str = "") -> None:
        """Log a picture: it becomes a file of the run, ``<name>_<seconds since the epoch>`` with its ending, and the
        metric holds its address. At least one request.

        Args:
            name: the metric.
            path: a picture's file, or an open one. Or:
            plot: ``matplotlib.pyplot`` or a Figure.
            description: free text, kept with the metric.

        Raises:
            UserErrorException: neither or both are given, or there is no such file.
        """
        from trainshed.sdk.metrics import artifacts, values

        name = values.check_name(name)
        self._log_address(name, artifacts.image(self, name, path, plot), description)

    def log_confusion_matrix(self, name: str, value: Any, description: str = "") -> None:
        """Log a confusion matrix: it becomes a file of the run, and the metric holds its address. At least one request.

        Args:
            name: the metric.
            value: a dict, or JSON text, of ``schema_type`` "confusion_matrix", ``schema_version`` "v1" and ``data``:
                ``class_labels`` and ``matrix``.
            description: free text, kept with the metric.

        Raises:
            UserErrorException: it is not of this form; nothing is logged then.
        """
        from trainshed.sdk.metrics import kinds

        self._log_document(name, value, kinds.CONFUSION_MATRIX, description)

    def log_accuracy_table(self, name: str, value: Any, description: str = "") -> None:
        """The same for ``schema_type`` "accuracy_table" with ``probability_tables``, ``percentile_tables``,
        ``probability_thresholds``, ``percentile_thresholds`` and ``class_labels``.
        """
        from trainshed.sdk.metrics import kinds

        self._log_document(name, value, kinds.ACCURACY_TABLE, description)

    def log_residuals(self, name: str, value: Any, description: str = "") -> None:
        """The same for ``schema_type`` "residuals" with ``bin_edges`` and ``bin_counts``."""
        from trainshed.sdk.metrics import kinds

        self._log_document(name, value, kinds.RESIDUALS, description)

    def log_predictions(self, name: str, value: Any, description: str = "") -> None:
        """The same for ``schema_type`` "predictions" with ``bin_averages``, ``bin_errors``, ``bin_counts`` and
        ``bin_edges``.
        """
        from trainshed.sdk.metrics import kinds

        self._log_document(name, value, kinds.PREDICTIONS, description)

    def _log_document(self, name: str, value: Any, kind: str, description: str) -> None:
        from trainshed.sdk.metrics import artifacts, values

        name = values.check_name(name)
        self._log_address(name, artifacts.document(self, name, value, kind), description)

    def _log_address(self, name: str, address: str, description: str) -> None:
        from trainshed.contract.spool import SCALAR

        (self._metrics or self._open_metrics()).point(SCALAR, name, address, None, str(description or ""))

    def get_metrics(
        self,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Optional[str] = None,
        populate: bool = False,
    ) -> Dict[str, Any]:
        """The metrics by name, in the order first logged; what this process logged is among them. One request.

        Args:
            name: only this one.
            recursive: those of the runs below, too: a dict of such dicts by run id.
            run_type: with ``recursive``, only of runs of this type.
            populate: no effect; every value is there anyway.

        Returns:
            A value logged once, a list for a repeated one, a dict of columns for rows and tables.
        """
        from trainshed.sdk.metrics import reading

        self._bring_points(reading.OWN_POINTS_S)
        return reading.of_run(self._api, *self._at, name=name, recursive=recursive, run_type=run_type)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Wait until the server has stored, safe from a power loss, what was logged so far.

        Raises:
            AzureMLException: it had not after ``timeout_seconds``; nothing is lost by that.
        """
        if not self._flush(timeout_seconds):
            from trainshed.contract.exceptions import AzureMLException

            raise AzureMLException(
                "The metrics of run %s did not reach the server within %g seconds. They are kept and will be sent when "
                "it answers." % (self._id, timeout_seconds)
            )

    def _flush(self, timeout_s: float) -> bool:
        if self._metrics is None and self._released is None:
            return True
        from trainshed.sdk.metrics import arrival

        if self._released is not None and not arrival.wait_for(*self._released, timeout_s):
            return False
        return self._metrics is None or arrival.wait(self._metrics, timeout_s)

    def _bring_points(self, timeout_s: float) -> bool:
        """Wait until whoever reads the run sees what this process has logged, through whatever object of it."""
        from sys import modules

        if "trainshed.sdk.metrics.writer" not in modules:
            return True  # nothing was logged in this process
        from trainshed.sdk.metrics import arrival

        if self._released is not None and not arrival.seen(*self._released, timeout_s):
            return False
        if self._metrics is not None and not arrival.wait_to_be_seen(self._metrics, timeout_s):
            return False
        return arrival.others_seen(self._api, *self._at, timeout_s)

    def _release_metrics(self) -> None:
        """The run has ended: its file is closed, unless somebody else is writing to it, too."""
        writer, self._metrics = self._metrics, None
        if writer is None:
            return
        writer.settle()
        self._released = (writer.folder, writer.sizes())
        reference = ref(writer)
        del writer
        if reference() is None and context.run_id() is None:
            from trainshed.sdk.metrics import shipping

            shipping.forget(*self._released)

    def _open_metrics(self) -> MetricWriter:
        """Where this process writes the run's points; made at the first of them."""
        spool = context.spool() if context.run_id() is not None else None
        if spool is not None:
            from trainshed.sdk.metrics import writer

            # The run's agent ships it, for the run itself as for the runs that the script makes.
            self._metrics = writer.shared(spool, self._id, context.rank(), keep=self._is_own)
        else:
            from trainshed.sdk.metrics import shipping

            self._metrics = shipping.writer(self._api, *self._at)
        return self._metrics


def _number(value: Any) -> Any:
    """The Python number of a numpy scalar, a 0-d array or a tensor; anything else as it is."""
    try:
        plain = value.item() if value.shape == () else value
    except (AttributeError, TypeError, ValueError):
        return value
    return plain if plain.__class__ is float or plain.__class__ is int else value
