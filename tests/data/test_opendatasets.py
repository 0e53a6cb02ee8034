"""The open datasets: where their files come from, and the table that needs no file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Workspace
from azureml.opendatasets import MNIST, Diabetes
from trainshed.contract.errors import BadValue
from trainshed.contract.layout import HomeLayout
from trainshed.sdk.opendatasets import diabetes, mnist


def test_mnist_is_four_files_from_wherever_the_settings_say(ws: Workspace, settings: Any, tmp_path: Path) -> None:
    digits = MNIST.get_file_dataset()
    assert digits.to_path() == ["/" + name for name in mnist.FILES]
    assert MNIST.get_file_dataset("test").to_path() == ["/" + name for name in mnist.FILES[2:]]
    with pytest.raises(BadValue):
        MNIST.get_file_dataset("some")
    for name in mnist.FILES:
        (tmp_path / name).write_text(name)
    settings("urls", mnist.BASE, tmp_path)
    assert [Path(path).read_text() for path in digits.download("got")] == list(mnist.FILES)


def test_a_cache_that_people_filled_is_taken_as_it_is(ws: Workspace, house: Path) -> None:
    for name in mnist.FILES:
        path = HomeLayout(house).cached_url(mnist.BASE + name)
        assert str(path).endswith("cache/urls/https/azureopendatastorage.blob.core.windows.net/mnist/" + name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert len(MNIST.get_file_dataset().download("got")) == 4


def test_diabetes_is_inside_scikit_learn(ws: Workspace) -> None:
    frame = Diabetes.get_tabular_dataset().to_pandas_dataframe()
    assert list(frame.columns) == list(diabetes.COLUMNS)
    assert frame.shape == (442, 11)
    assert frame.iloc[0].tolist() == [59, 2, 32.1, 101.0, 157, 93.2, 38.0, 4.0, 4.8598, 87.0, 151]


def test_diabetes_from_a_folder(ws: Workspace, settings: Any, tmp_path: Path) -> None:
    rows = "AGE\tSEX\tBMI\tBP\tS1\tS2\tS3\tS4\tS5\tS6\tY\n1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\n"
    (tmp_path / "diabetes.tab.txt").write_text(rows)
    settings("urls", diabetes.URL.rsplit("/", 1)[0] + "/", tmp_path)
    frame = Diabetes.get_tabular_dataset().to_pandas_dataframe()
    assert frame.values.tolist() == [list(range(1, 12))]
