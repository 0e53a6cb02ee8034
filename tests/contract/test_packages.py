"""What a request for packages means: conda's match specs, conda's names, azureml-* packages."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import pytest

from trainshed.contract import errors
from trainshed.contract.packages import conda_names
from trainshed.contract.packages.match_specs import parse
from trainshed.contract.packages.naming import known_names, lookup, normalised
from trainshed.contract.packages.translating import requirement_name, translate
from trainshed.contract.packages.wheels import PrivateWheel, wheel_url
from trainshed.contract.spec import PackagesSpec

WHEEL = PrivateWheel("ab" * 32, "mine-1.0-py3-none-any.whl")


@pytest.mark.parametrize(
    ("spec", "requirement"),
    [
        ("numpy", "numpy"),
        ("scikit-learn=0.22", "scikit-learn==0.22.*"),
        ("scikit-learn=0.22.*", "scikit-learn==0.22.*"),
        ("scikit-learn 0.22.*", "scikit-learn==0.22.*"),
        ("scikit-learn=0.22*", "scikit-learn==0.22.*"),
        ("scikit-learn==0.22.1", "scikit-learn==0.22.1"),
        ("scikit-learn == 0.22.1", "scikit-learn==0.22.1"),
        ("numpy 1.18", "numpy==1.18"),
        ("numpy>=1,<2", "numpy>=1,<2"),
        ("numpy >=1, <2", "numpy>=1,<2"),
        ("numpy >=1 <2", "numpy>=1,<2"),
        ("numpy>=1.2.*", "numpy>=1.2"),
        ("numpy !=1.19.*", "numpy!=1.19.*"),
        ("numpy ~=1.18.1", "numpy~=1.18.1"),
        ("numpy 1.18.1 py36_0", "numpy==1.18.1"),
        ("numpy=1.18.1=py36h94c655d_0", "numpy==1.18.1"),
        ("numpy==1.18.1=py36_0", "numpy==1.18.1"),
        ("numpy=*=*openblas*", "numpy"),
        ("numpy *", "numpy"),
        ("numpy=1.19.0rc1", "numpy==1.19.0rc1"),
        ("conda-forge::numpy", "numpy"),
        ("conda-forge/linux-64::numpy=1.18", "numpy==1.18.*"),
        ("numpy[version='>=1']", "numpy>=1"),
        ("numpy[version='>=1,<2',build=py36_0]", "numpy>=1,<2"),
        ('numpy[version="1.18.*"]', "numpy==1.18.*"),
        ("dask[complete]>=2", "dask[complete]>=2"),
        ("numpy 1.16.*|1.17.*", "numpy==1.17.*"),
        ("numpy # for the model", "numpy"),
        ("ruamel.yaml=0.16", "ruamel.yaml==0.16.*"),
    ],
)
def test_a_match_spec_as_a_requirement(spec: str, requirement: str) -> None:
    read = parse(spec)
    assert read.name + read.extras + read.condition == requirement


@pytest.mark.parametrize("spec", ["", "=1.0", "numpy[version='>=1'", "https://host/linux-64/numpy-1.0-0.tar.bz2"])
def test_what_is_no_match_spec_is_refused_by_name(spec: str) -> None:
    with pytest.raises(errors.BadPackage, match="cannot be installed"):
        parse(spec)


def test_a_version_that_pip_cannot_say_is_refused() -> None:
    with pytest.raises(errors.BadPackage, match=r"version '\^1\.2\.\*\$' has no counterpart"):
        parse("numpy=^1.2.*$")


@pytest.mark.parametrize("spec", ["numpy 1.18.1 py36_0", "numpy=1.16|1.17"])
def test_what_is_left_out_is_said(spec: str) -> None:
    assert parse(spec).notes


def test_there_are_names_enough_and_none_is_listed_twice() -> None:
    assert len(known_names()) >= 300
    renamed = [normalised(line.split()[0]) for line in conda_names.RENAMED_TABLE.split("\n") if line]
    grouped = [
        normalised(name)
        for table in (conda_names.NOTHING_TABLE, conda_names.WITHOUT_TABLE)
        for line in table.strip().split("\n")
        for name in line.rpartition(": ")[2].split()
    ]
    names = [*renamed, *(normalised(name) for name in conda_names.SAME_TABLE.split()), *grouped]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


@pytest.mark.parametrize(
    ("conda", "pypi"),
    [
        ("pytorch", "torch"),
        ("opencv", "opencv-python-headless"),
        ("py-opencv", "opencv-python-headless"),
        ("pytables", "tables"),
        ("tensorflow-gpu", "tensorflow"),
        ("msgpack-python", "msgpack"),
        ("ruamel_yaml", "ruamel.yaml"),
        ("Scikit-Learn", "scikit-learn"),
        ("some-name-of-nobody", "some-name-of-nobody"),
        ("librosa", "librosa"),
        ("cudatoolkit", None),
        ("mkl", None),
        ("libsomething-ng", None),
        ("_libgcc_mutex", None),
    ],
)
def test_a_conda_name_on_pypi(conda: str, pypi: str) -> None:
    found = lookup(conda)
    assert not found.refused
    assert (None if found.pypi is None else found.pypi.lower()) == pypi


@pytest.mark.parametrize("name", ["r-base", "r-nobody-knows", "gcc", "gcc_linux-64", "spacy-model-en_core_web_sm"])
def test_a_name_without_counterpart_names_itself_and_the_way_out(name: str) -> None:
    with pytest.raises(errors.CondaNameWithoutCounterpart) as caught:
        translate(PackagesSpec(conda=("numpy", name + "=1.0")))
    assert name + "=1.0" in caught.value.message
    assert "pip_packages" in caught.value.message
    assert "user_managed_dependencies" in caught.value.message


@pytest.mark.parametrize(
    ("pip", "requirements"),
    [
        (("six==1.15.0 --hash=sha256:aa",), ("six==1.15.0 --hash=sha256:aa",)),
        (("six ; python_version < '3.9'",), ("six ; python_version < '3.9'",)),
        (("git+https://host/x.git#egg=x",), ("git+https://host/x.git#egg=x",)),
        (("mine @ https://host/mine.whl",), ("mine @ https://host/mine.whl",)),
        (("azureml-thing @ https://host/a.whl",), ("azureml-thing @ https://host/a.whl",)),
        (("sklearn",), ("scikit-learn",)),
        (("tensorflow-gpu==2.1.0",), ("tensorflow==2.1.0", "numpy<1.24")),
        (("# a remark", "", "six", "six"), ("six",)),
    ],
)
def test_pip_packages_stay_as_they_are(pip: Tuple[str, ...], requirements: Tuple[str, ...]) -> None:
    assert translate(PackagesSpec(pip=pip)).requirements == requirements


def test_options_and_private_wheels_are_told_apart() -> None:
    spec = PackagesSpec(pip=("--extra-index-url https://host/simple", "six", wheel_url(WHEEL), "--pre"))
    got = translate(spec)
    assert got.options == ("--extra-index-url https://host/simple", "--pre")
    assert got.wheels == (WHEEL,)
    assert got.requirements == ("six",)


def test_azureml_packages_are_answered_and_what_they_brought_is_installed() -> None:
    got = translate(PackagesSpec(pip=("azureml-dataset-runtime[pandas,fuse]", "numpy<1.24", "AzureML_Core==1.11.0")))
    assert got.answered == ("azureml-dataset-runtime", "azureml-core")
    assert {"pandas", "pyarrow", "pytz", "requests"} <= set(got.requirements)
    assert [line for line in got.requirements if requirement_name(line) == "numpy"] == ["numpy<1.24"]
    assert not any("azureml" in line for line in got.requirements)
    assert any("azureml-core" in note for note in got.notes)


@pytest.mark.parametrize("name", ["azureml-defaults", "azureml-mlflow", "azureml-contrib-reinforcementlearning"])
def test_an_azureml_package_is_answered_from_conda_too(name: str) -> None:
    assert translate(PackagesSpec(conda=(name,))).answered == (name,)


@pytest.mark.parametrize(("name", "near"), [("azureml-mlflw", "azureml-mlflow"), ("azureml-nonexist", "azureml-")])
def test_an_azureml_package_that_v1_never_had_is_said(name: str, near: str) -> None:
    for spec in (PackagesSpec(pip=(name,)), PackagesSpec(conda=(name,))):
        got = translate(spec)
        assert (got.answered, got.requirements) == ((), ())
        assert len(got.notes) == 1
        assert "%s is no package of v1; did you mean %s" % (name, near) in got.notes[0]


def test_a_conda_name_that_no_table_holds_is_told_apart() -> None:
    assert translate(PackagesSpec(conda=("numpy", "Some_Name=1.0"), pip=("other",))).assumed == ("some-name",)


@pytest.mark.parametrize(
    "line",
    [
        *("six", "six==1.15.0", "six >=1, <2", "six>=1,", "six (>=1)", "six[a,b]~=1.0", "six===any-thing", "six!=1.*"),
        *("six==1.15 ; python_version < '3.9'", "six;sys_platform=='linux'", "six==1.15 --hash=sha256:aa", "six<>1"),
        *("six @ https://host/six.whl", "six[a]@git+ssh://git@host/six.git@v1", "git+https://host/x.git@v1#egg=x"),
        *("https://host/x-1.0.tar.gz", "six==${VERSION}", "six==dev", "six==1!2.0+local", "six==1.0 # why", "--pre"),
        *("six==1.0 --config-settings=a=b", "A.b_c-d", "zope.interface>= 5"),
    ],
)
def test_what_pip_may_take_is_taken(line: str) -> None:
    translate(PackagesSpec(pip=(line,)))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("six==", "no version after '=='"),
        ("six>=1,<", "no version after '<'"),
        ("six=>1", "'=>' is none of pip's conditions"),
        ("six=1.15", "'=' is none of pip's conditions"),
        ("six 1.15", "not a requirement"),
        ("six[a", "not a requirement"),
        ("six==1.15 seven", "not a requirement"),
        ("==1.0", "not a requirement"),
    ],
)
def test_what_is_surely_no_requirement_is_refused(line: str, why: str) -> None:
    with pytest.raises(errors.BadPackage, match=why) as caught:
        translate(PackagesSpec(pip=("numpy", line)))
    assert repr(line) in caught.value.message


def test_everything_that_is_not_as_asked_for_is_said_once() -> None:
    got = translate(PackagesSpec(conda=("pytorch=1.4", "cudatoolkit=10.1", "cudnn", "git")))
    assert got.requirements == ("torch==1.4.*",)
    assert len(got.notes) == 3
    assert "conda's pytorch is torch on PyPI" in got.notes
    assert any("cudatoolkit, cudnn" in note for note in got.notes)


@pytest.mark.parametrize(
    ("asked", "numpy"),
    [
        (("scikit-learn==0.22.1",), "numpy<1.24"),
        (("scikit-learn==0.22.1", "numpy"), "numpy<1.24"),
        (("keras<=2.3.1",), "numpy<1.24"),
        (("scikit-learn==0.22.1", "numpy==1.18"), "numpy==1.18"),
        (("scikit-learn==0.22.1", "numpy @ https://h/n.whl"), "numpy @ https://h/n.whl"),
        (("scikit-learn==1.2.2",), None),
        (("scikit-learn>=0.22",), None),
        (("scikit-learn",), None),
        (("six<1",), None),
        (("torch==1.4.0",), None),
        (("torch==1.4.0", "numpy"), "numpy<1.24"),
    ],
)
def test_numpy_beside_packages_of_2020(asked: Tuple[str, ...], numpy: Optional[str]) -> None:
    found = translate(PackagesSpec(pip=asked))
    assert [line for line in found.requirements if line.startswith("numpy")] == ([numpy] if numpy else [])
    assert any("numpy is held below 1.24" in note for note in found.notes) == (numpy == "numpy<1.24")


def test_conda_and_what_azureml_brings_are_held_back_too() -> None:
    found = translate(PackagesSpec(conda=("scikit-learn==0.22.1",), pip=("azureml-defaults",)))
    assert "numpy<1.24" in found.requirements and "numpy" not in found.requirements
    told: Tuple[Dict[str, Any], ...] = ({"as_of": "2020-08-27"}, {"constraints": ("numpy<1.20",)})
    for known in told:
        found = translate(PackagesSpec(pip=("scikit-learn==0.22.1", "azureml-defaults"), **known))
        assert "numpy" in found.requirements
