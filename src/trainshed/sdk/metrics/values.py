"""What may be logged: scalars, lists, rows and tables of them, made plain before anything is written."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional

from trainshed.contract.errors import BadMetric
from trainshed.contract.spool import Scalar, plain
from trainshed.sdk.metrics.writer import clean

#: What to call where a value is refused.
NO_SCALAR = "Use run.log_list for a list, run.log_row or run.log_table for a dict."
NO_LIST = "Use run.log for one value, run.log_table for a dict of lists."
_PLAIN = (float, int, bool, str, type(None))


def check_name(name: object) -> str:
    """A metric's name: any text with something in it. BadMetric for anything else."""
    if not isinstance(name, str):
        raise BadMetric(name=name, why="a metric's name is a string, not %s." % type(name).__name__)
    if not name:
        raise BadMetric(name=name, why="a metric needs a name.")
    return clean(name)


def scalar(name: str, value: Any, *, what: str = "a value", instead: str = "") -> Any:
    """A plain number, string, bool or None for what libraries use in their place (numpy scalars, 0-d arrays, tensors).

    Raises:
        BadMetric: it holds more than one value, or is no value at all; ``instead`` says what to call.
    """
    if value.__class__ in _PLAIN:
        found: Optional[Scalar] = value
    elif isinstance(value, (list, tuple, dict, set, frozenset, bytes, bytearray)):
        raise _refused(name, value, what, instead)
    else:
        found = _converted(name, value, what, instead)
    return plain(clean(found) if isinstance(found, str) else found)


def _converted(name: str, value: Any, what: str, instead: str) -> Scalar:
    shape = getattr(value, "shape", ())
    if shape is None or len(shape):
        raise _refused(name, value, what, instead)
    if not hasattr(value, "item") and hasattr(value, "numpy"):  # TensorFlow's tensors
        value = value.numpy()
    value = value.item() if hasattr(value, "item") else value
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, bool):
        return bool(value)
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    # numpy's longdouble, Decimal, Fraction
    if hasattr(type(value), "__float__") and not isinstance(value, complex):
        return float(value)
    raise _refused(name, value, what, instead)


def _refused(name: str, value: Any, what: str, instead: str) -> BadMetric:
    why = "%s must be a number, a string, a bool or None, not %s." % (what, type(value).__name__)
    return BadMetric(name=name, why=(why + " " + instead).strip())


def scalars(name: str, values: Any, *, what: str = "the list", instead: str = "") -> List[Any]:
    """Plain scalars of a list, an array, or whatever else can be gone through once (a generator).

    Raises:
        BadMetric: it is none of these, or one of its items is no scalar.
    """
    if isinstance(values, (str, bytes, bytearray, Mapping)) or not hasattr(type(values), "__iter__"):
        why = "%s must be a list of scalars, not %s." % (what, type(values).__name__)
        raise BadMetric(name=name, why=(why + " " + instead).strip())
    items: Iterable[Any] = values.tolist() if hasattr(values, "tolist") else values
    if not hasattr(type(items), "__iter__"):  # a 0-d array
        items = (items,)
    return [scalar(name, item, what="an item of %s" % what, instead=instead) for item in items]


def row(name: str, columns: Mapping[str, Any]) -> Dict[str, Any]:
    """One row: a scalar in each column."""
    return {
        clean(str(column)): scalar(
            name, value, what="column %r" % column, instead="Use run.log_table for whole columns."
        )
        for column, value in columns.items()
    }


def table(name: str, columns: Any) -> Dict[str, List[Any]]:
    """A table: lists of equal length by column. All scalars: a table of one line.

    Raises:
        BadMetric: no mapping, or its columns differ in length.
    """
    if not isinstance(columns, Mapping):
        raise BadMetric(name=name, why="a table is a dict of columns, not %s." % type(columns).__name__)
    found = {clean(str(column)): _column(name, column, values) for column, values in columns.items()}
    lengths = {column: len(values) for column, values in found.items()}
    if len(set(lengths.values())) > 1:
        raise BadMetric(name=name, why="the columns of a table must be of one length; here: %r." % lengths)
    return found


def _column(name: str, column: Any, values: Any) -> List[Any]:
    if values.__class__ in _PLAIN or not hasattr(type(values), "__iter__"):
        return [scalar(name, values, what="column %r" % column)]
    return scalars(name, values, what="column %r" % column)


def step_of(name: str, step: Any) -> Optional[int]:
    """The step as an int, None when none was given. BadMetric for what is no whole number."""
    if step is None or step.__class__ is int:
        return step
    try:
        whole = int(step)
        if whole == step:
            return whole
    except (TypeError, ValueError, OverflowError):
        pass
    raise BadMetric(name=name, why="step must be a whole number, not %r." % (step,))
