"""The packages of an estimator: lists, a conda file, a requirements file."""

from __future__ import annotations

import os
from typing import Any, List, Optional

from trainshed.contract.errors import BadEstimator, BadValue
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies


def dependencies(
    source_directory: Any,
    conda_packages: Optional[List[str]],
    pip_packages: Optional[List[str]],
    conda_file: Optional[str],
    pip_file: Optional[str],
) -> CondaDependencies:
    """v1's default packages and those asked for; or what the conda file says.

    Args:
        source_directory: where the files are looked for first.
        conda_packages, pip_packages: requirements.
        conda_file, pip_file: relative to the source directory; else by their own path.

    Raises:
        TrainingException: packages beside a conda file.
        UserErrorException: a file is not there, or not what it should be.
    """
    if conda_file and (conda_packages or pip_packages):
        why = "it names all packages; leave conda_packages and pip_packages out, or put them into the file"
        raise BadEstimator(what="conda_dependencies_file %r" % conda_file, why=why)
    if conda_file:
        made = CondaDependencies(find(source_directory, "conda_dependencies_file", conda_file))
    else:
        made = CondaDependencies.create(
            conda_packages=_listed("conda_packages", conda_packages), pip_packages=_listed("pip_packages", pip_packages)
        )
    if pip_file:
        _add_requirements(made, find(source_directory, "pip_requirements_file", pip_file))
    return made


def either(new_name: str, new: Optional[str], old: Optional[str]) -> Optional[str]:
    """v1 had two arguments for each file. TrainingException when both name one, and not the same."""
    if new and old and new != old:
        why = "%s_path names another one (%r); give one of them" % (new_name, old)
        raise BadEstimator(what="%s %r" % (new_name, new), why=why)
    return new or old


def find(source_directory: Any, argument: str, given: Any) -> str:
    """The path of a file; UserErrorException where it is neither in the source directory nor at its own path."""
    if not isinstance(given, (str, os.PathLike)):
        raise BadValue(what="%s %r" % (argument, given), why="give the path of a file")
    name = os.path.expanduser(os.fspath(given))
    folder = "." if source_directory is None else os.path.expanduser(os.fspath(source_directory))
    for path in (os.path.join(folder, name), name):
        if os.path.isfile(path):
            return os.path.abspath(path)
    why = "there is no such file in the source directory %r, nor in %s" % (folder, os.getcwd())
    raise BadValue(what="%s %r" % (argument, name), why=why)


def _listed(argument: str, packages: Any) -> List[str]:
    if packages is None:
        return []
    if isinstance(packages, str) or not isinstance(packages, (list, tuple)):
        raise BadValue(what="%s %r" % (argument, packages), why="give a list such as ['scikit-learn']")
    return list(packages)


def _add_requirements(made: CondaDependencies, path: str) -> None:
    """With the files that it names; constraints become conditions, as a conda file knows none."""
    from trainshed.sdk.configuration import requirements

    for line in requirements.constrained(requirements.read(path)):
        if line.startswith("-"):
            made.set_pip_option(line)
        else:
            made.add_pip_package(line)
