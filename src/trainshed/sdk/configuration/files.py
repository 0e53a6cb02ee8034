"""Where run configurations lie as files, and how they are read and written.

v1: ``<project>/.azureml/<name>`` with ``conda_dependencies.yml`` beside it; a folder ``aml_config``, which older
releases made, wins if it exists. Files are found with and without the ending ``.runconfig``.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Optional, Tuple

from trainshed.contract.errors import BadValue, RunConfigBroken, RunConfigMissing
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.element import Broken
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.yaml_text import Document, read_file, replace_file, write
from trainshed.sdk.notices import warn

FOLDER, LEGACY_FOLDER = ".azureml", "aml_config"
ENDING = ".runconfig"
CONDA_FILE = "conda_dependencies.yml"
ENVIRONMENT_FILE = "environment.yml"
_NOT_CONFIGURATIONS = frozenset({CONDA_FILE, ENVIRONMENT_FILE, "config.json", "project.json"})


def save(
    configuration: RunConfiguration, path: Optional[str], name: Optional[str], *, separate_environment: bool
) -> None:
    """Write the files of a run configuration; see :meth:`RunConfiguration.save`."""
    if not name or os.path.basename(name) != name:
        raise BadValue(what="Run configuration name %r" % (name,), why="give a plain file name: save(path, name)")
    project = os.path.abspath(path or os.getcwd())
    folder = _folder(project)
    os.makedirs(os.path.join(project, folder), exist_ok=True)
    data = configuration.to_dict()
    data["environment"]["python"]["condaDependenciesFile"] = _save_conda(configuration, project, folder)
    if separate_environment:
        replace_file(os.path.join(project, folder, ENVIRONMENT_FILE), write(data["environment"]))
        data["environment"] = ENVIRONMENT_FILE
    replace_file(os.path.join(project, folder, name), write(data))


def _save_conda(configuration: RunConfiguration, project: str, folder: str) -> Optional[str]:
    """The file's name relative to the project. A file that says the same already is left alone, with its comments."""
    python = configuration.environment.python
    name = python.conda_dependencies_file or "/".join((folder, CONDA_FILE))
    if python.conda_dependencies is None:
        return python.conda_dependencies_file
    path = os.path.join(project, name)
    if not os.path.isfile(path) or CondaDependencies(path).as_dict() != python.conda_dependencies.as_dict():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        replace_file(path, python.conda_dependencies.serialize_to_string())
    return name


def load(path: str, name: Optional[str]) -> RunConfiguration:
    """Read a run configuration; see :meth:`RunConfiguration.load`."""
    file_path, project = _find(path, name)
    document = _with_environment(read_file(file_path), file_path)
    try:
        made = RunConfiguration.from_dict(document.data)
    except Broken as error:
        where = ".".join(str(part) for part in error.path)
        raise RunConfigBroken(
            path=file_path, line=document.line(error.path), why="%s: %s" % (where, error.why)
        ) from error
    except BadValue as error:
        raise RunConfigBroken(path=file_path, line=1, why=error.message) from error
    made._path = project
    made._name = os.path.basename(file_path)
    _load_conda(made, document, file_path, project)
    unknown = made.unknown_keys()
    if unknown:
        warn("%s: keys that have no meaning here were kept: %s" % (file_path, ", ".join(unknown)))
    return made


def _with_environment(document: Document, file_path: str) -> Document:
    """Read the environment from its own file when the configuration only names one."""
    named = document.data.get("environment")
    if not isinstance(named, str):
        return document
    path = os.path.join(os.path.dirname(file_path), named)
    if not os.path.isfile(path):
        raise RunConfigBroken(path=file_path, line=document.line(("environment",)), why="there is no file %r" % path)
    document.data["environment"] = read_file(path).data
    return document


def _load_conda(made: RunConfiguration, document: Document, file_path: str, project: str) -> None:
    python = made.environment.python
    named = python.conda_dependencies_file
    if not named:
        return
    for base in (project, os.path.dirname(file_path)):
        if os.path.isfile(os.path.join(base, named)):
            python.conda_dependencies = CondaDependencies(os.path.join(base, named))
            return
    if not python.user_managed_dependencies:
        line = _line_of(document, ("environment", "python"), "condadependenciesfile")
        raise RunConfigBroken(path=file_path, line=line, why="condaDependenciesFile: there is no file %r" % named)


def _line_of(document: Document, section: Tuple[str, ...], canonical: str) -> int:
    for path, line in document.lines.items():
        if path[:-1] == section and str(path[-1]).replace("_", "").lower() == canonical:
            return line
    return document.line(section)


def delete(path: str, name: str) -> None:
    """Remove a run configuration's file; see :meth:`RunConfiguration.delete`."""
    os.unlink(_find(path, name)[0])


def _folder(project: str) -> str:
    return LEGACY_FOLDER if os.path.isdir(os.path.join(project, LEGACY_FOLDER)) else FOLDER


def _find(path: str, name: Optional[str]) -> Tuple[str, str]:
    """The file and the project's folder."""
    path = os.path.abspath(os.path.expanduser(path))
    if name is None:
        return _find_file(path)
    for candidate in _candidates(path, name):
        if os.path.isfile(candidate):
            return candidate, path
    raise RunConfigMissing(name=name, path=path, known=", ".join(_known(path)) or "none")


def _find_file(path: str) -> Tuple[str, str]:
    if os.path.isfile(path):
        folder = os.path.dirname(path)
        is_inside = os.path.basename(folder) in (FOLDER, LEGACY_FOLDER)
        return path, os.path.dirname(folder) if is_inside else folder
    folder, name = os.path.split(path)
    raise RunConfigMissing(name=name, path=folder, known=", ".join(_known(folder)) or "none")


def _candidates(project: str, name: str) -> Iterator[str]:
    folder = os.path.join(project, _folder(project))
    yield os.path.join(folder, name)
    yield os.path.join(folder, name + ENDING)
    yield os.path.join(project, name + ENDING)


def _known(project: str) -> List[str]:
    found: Dict[str, Any] = {}
    for folder in (os.path.join(project, _folder(project)), project):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            is_file = os.path.isfile(os.path.join(folder, name)) and name not in _NOT_CONFIGURATIONS
            if is_file and (name.endswith(ENDING) or (folder != project and "." not in name)):
                found[name] = None
    return list(found)
