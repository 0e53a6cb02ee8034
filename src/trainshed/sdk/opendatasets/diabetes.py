"""Ten measurements of 442 patients and the progress of their disease a year later.

Follows: azureml.opendatasets.Diabetes. Known difference: its table offers ``to_pandas_dataframe`` and ``to_path`` only,
until tabular datasets are there.
"""

from __future__ import annotations

import os
from typing import Any, List, Optional

from trainshed.contract import data_settings
from trainshed.contract.errors import LibraryMissing, UrlUnreachable
from trainshed.sdk.data.places import home

COLUMNS = ("AGE", "SEX", "BMI", "BP", "S1", "S2", "S3", "S4", "S5", "S6", "Y")
URL = "https://azureopendatastorage.blob.core.windows.net/mlsamples/diabetes/diabetes"
#: What a folder that stands in for the URL may hold, first come first served.
FILES = ("diabetes.parquet", "diabetes.csv", "diabetes.tab.txt", "diabetes.txt")


class DiabetesTable:
    """The table."""

    def to_pandas_dataframe(self) -> Any:
        """The table as a frame with the columns AGE, SEX, BMI, BP, S1 to S6 and Y.

        It comes from the folder that ``urls`` of ``data.json`` names for it, else from scikit-learn, which has it
        inside.

        Raises:
            LibraryMissing: pandas is not installed. UrlUnreachable: there is neither a folder nor scikit-learn.
        """
        try:
            import pandas  # type: ignore[import-untyped]
        except ImportError as error:
            raise LibraryMissing(what="to_pandas_dataframe", install="pandas") from error
        file = _file()
        frame = _of_sklearn(pandas) if file is None else _of_file(pandas, file)
        return frame[[*COLUMNS]]

    def to_path(self) -> List[str]:
        """The file's name."""
        return ["/" + URL.rsplit("/", 1)[1]]

    def __repr__(self) -> str:
        return "Diabetes(%s)" % ", ".join(COLUMNS)


class Diabetes:
    """Where the table comes from.

    Args:
        enable_telemetry: nothing is sent; no effect.
    """

    def __init__(self, enable_telemetry: bool = True) -> None:
        pass

    @staticmethod
    def get_tabular_dataset(enable_telemetry: bool = True) -> DiabetesTable:
        """The table; nothing is read before it is asked for."""
        return DiabetesTable()

    def to_pandas_dataframe(self) -> Any:
        """The table as a frame."""
        return DiabetesTable().to_pandas_dataframe()


def _file() -> Optional[str]:
    """What stands in for the URL."""
    found = data_settings.read(home().data_settings).file_of(URL)
    if found is None:
        return None
    folder = found if os.path.isdir(found) else os.path.dirname(found)
    candidates = [found, *(os.path.join(folder, name) for name in FILES)]
    return next((path for path in candidates if os.path.isfile(path)), None)


def _of_file(pandas: Any, path: str) -> Any:
    if path.endswith(".parquet"):
        return pandas.read_parquet(path)
    frame = pandas.read_csv(path, sep=None, engine="python")
    return frame.rename(columns={name: str(name).upper() for name in frame.columns})


def _of_sklearn(pandas: Any) -> Any:
    try:
        from sklearn.datasets import load_diabetes  # type: ignore[import-untyped]
    except ImportError as error:
        line = data_settings.line_for_url(str(home().data_settings), URL)
        why = "scikit-learn, which has the table inside, is not installed (pip install scikit-learn)"
        raise UrlUnreachable(url=URL, why=why, instead=line) from error
    found = load_diabetes(scaled=False)
    frame = pandas.DataFrame(found.data, columns=[*COLUMNS[:-1]])
    frame["Y"] = found.target
    return frame.astype({"AGE": "int64", "SEX": "int64", "Y": "int64", **{"S1": "int64"}})
