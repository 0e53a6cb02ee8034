"""CondaDependencies: what a Python environment is to hold, as a conda environment file says it.

Follows: azureml.core.conda_dependencies.CondaDependencies (1.11, 1.62). Known differences: any Python version is taken
(v1 knew two); comments of a file that was read are not written back.
"""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from trainshed.contract.errors import BadPackage, BadValue, SourceMissing

CHANNELS = "channels"
PACKAGES = "dependencies"
PIP = "pip"
PYTHON_PREFIX = "python"
PYTHON_DEFAULT_VERSION = "3.6.2"
CONDA_FILE_NAME = "auto_conda_dependencies.yml"
DEFAULT_SDK_ORIGIN = "https://pypi.python.org/simple"
TENSORFLOW_DEFAULT_VERSION = "1.13.1"
CNTK_DEFAULT_VERSION = "2.5.1"
PYTORCH_DEFAULT_VERSION = "1.0.0"
TORCHVISION_DEFAULT_VERSION = "0.2.1"
DEFAULT_CHAINER_VERSION = "5.1.0"
HOROVOD_DEFAULT_VERSION = "0.15.2"
CUPY_DEFAULT_VERSION = "cupy-cuda90"
TENSORFLOW_PACKAGE_PREFIX = "tensorflow"
PYTORCH_PACKAGE_PREFIX = "torch"
TORCHVISION_PACKAGE_PREFIX = "torchvision"
CHAINER_PACKAGE_PREFIX = "chainer"
CNTK_PACKAGE_PREFIX = "cntk"
CPU, GPU = "cpu", "gpu"
LINUX_PLATFORM, WINDOWS_PLATFORM = "linux", "win32"

_NAME = r"[\w.-]+"


class CondaDependencies:
    """A conda environment: channels, conda packages, and pip packages with pip's options.

    Args:
        conda_dependencies_file_path: a conda environment file; without it, v1's default environment.
        _underlying_structure: the content of such a file.

    Raises:
        SourceMissing: the file is not there.
        RunConfigBroken: the file is not a conda environment; names the line.
    """

    DEFAULT_NUMBER_OF_CONDA_PACKAGES = 0
    DEFAULT_NUMBER_OF_PIP_PACKAGES = 0

    def __init__(
        self,
        conda_dependencies_file_path: Optional[str] = None,
        _underlying_structure: Optional[Mapping[str, Any]] = None,
    ) -> None:
        self._places: Dict[str, str] = {}  # of each package its file and line
        self._folder: Optional[str] = None  # where files that pip's list names are looked for
        if conda_dependencies_file_path:
            self._data, self._places = _read(conda_dependencies_file_path)
            self._folder = os.path.dirname(os.path.abspath(conda_dependencies_file_path))
        elif _underlying_structure is not None:
            self._data = _copied(_underlying_structure)
        else:
            self._data = _default()

    # --- making

    @staticmethod
    def create(
        pip_indexurl: Optional[str] = None,
        pip_packages: Optional[Iterable[str]] = None,
        conda_packages: Optional[Iterable[str]] = None,
        python_version: str = PYTHON_DEFAULT_VERSION,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """One with v1's default packages plus those given.

        Args:
            pip_indexurl: where pip looks for packages.
            pip_packages, conda_packages: requirements; a list.
            python_version: ``3.8``, or ``>=3.8``.
            pin_sdk_version: without effect: the SDK in a run is always the one that runs it.
        """
        made = CondaDependencies()
        if python_version != PYTHON_DEFAULT_VERSION:
            made.set_python_version(python_version)
        for package in _listed("conda_packages", conda_packages):
            made.add_conda_package(package)
        for package in _listed("pip_packages", pip_packages):
            made.add_pip_package(package)
        if pip_indexurl:
            made.set_pip_index_url("--index-url " + pip_indexurl)
        return made

    @staticmethod
    def merge_requirements(requirements: Iterable[str]) -> List[str]:
        """Requirements with one line per package: version conditions of the same package are joined by commas."""
        merged: Dict[str, List[str]] = {}
        for requirement in requirements:
            text = str(requirement).strip()
            found = re.match(_NAME, text)
            name = found.group() if found else text
            condition = text[len(name) :].strip()
            conditions = merged.setdefault(name, [])
            if condition and condition not in conditions:
                conditions.append(condition)
        return [name + ",".join(conditions) for name, conditions in merged.items()]

    @staticmethod
    def sdk_origin_url() -> str:
        """Where the SDK comes from, as v1 said."""
        return DEFAULT_SDK_ORIGIN

    # --- what it holds

    @property
    def conda_channels(self) -> Iterable[str]:
        """The channels, in order."""
        return iter(list(self._data.get(CHANNELS) or ()))

    @property
    def conda_packages(self) -> Iterable[str]:
        """Conda packages without ``pip``'s list; Python itself is among them."""
        return iter([item for item in self._packages() if isinstance(item, str)])

    @property
    def pip_packages(self) -> Iterable[str]:
        """Packages for pip, without its options."""
        return iter([item for item in self._pip() if not _is_option(item)])

    @property
    def pip_options(self) -> Iterable[str]:
        """pip's options, such as ``--index-url URL``."""
        return iter([item for item in self._pip() if _is_option(item)])

    def get_default_number_of_packages(self) -> int:
        """v1's count of packages that are there without asking."""
        return self.DEFAULT_NUMBER_OF_CONDA_PACKAGES + self.DEFAULT_NUMBER_OF_PIP_PACKAGES

    def get_python_version(self) -> Optional[str]:
        """The Python asked for, such as ``3.6.2``; None when no package says."""
        for item in self._packages():
            found = re.fullmatch(r"python\s*(?:==?)?\s*(.*)", item) if isinstance(item, str) else None
            if found:
                return str(found.group(1)) or None
        return None

    def is_default(self) -> bool:
        """Whether it is v1's default environment, unchanged."""
        return self._data == _default()

    # --- changing it

    def set_python_version(self, version: Any) -> None:
        """Ask for another Python: ``3.8``, or a condition such as ``>=3.8``."""
        if not isinstance(version, str) or not re.search(r"\d", version):
            raise BadValue(what="python_version %r" % (version,), why="give a version such as '3.8'")
        condition = version if version[0] in "<>=!" else "=" + version
        packages = [item for item in self._packages() if not _is_package(item, PYTHON_PREFIX)]
        self._data[PACKAGES] = [PYTHON_PREFIX + condition, *packages]

    def add_channel(self, channel: str) -> None:
        """Add a conda channel."""
        channels = self._data.setdefault(CHANNELS, [])
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        """Remove a conda channel; one that is not there is no error."""
        self._data[CHANNELS] = [item for item in self._data.get(CHANNELS) or () if item != channel]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a conda package; another requirement of the same package is replaced."""
        _check_text("conda package", conda_package)
        self.remove_conda_package(conda_package)
        packages = self._packages()
        pip_at = next((n for n, item in enumerate(packages) if isinstance(item, dict)), len(packages))
        packages.insert(pip_at, conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Remove a conda package, whatever version was asked for; one that is not there is no error."""
        name = _package_name(conda_package)
        self._data[PACKAGES] = [item for item in self._packages() if not _is_package(item, name)]

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package for pip; another requirement of the same package is replaced."""
        _check_text("pip package", pip_package)
        self.remove_pip_package(pip_package)
        self._pip(make=True).append(pip_package)

    def remove_pip_package(self, pip_package: str) -> None:
        """Remove a package for pip, whatever version was asked for; one that is not there is no error."""
        name = _package_name(pip_package)
        pip = self._pip()
        pip[:] = [item for item in pip if _is_option(item) or _package_name(item) != name]

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Replace all packages and options of pip (1.62)."""
        self._pip(make=True)[:] = [str(line) for line in pip_requirements]

    def set_pip_index_url(self, index_url: str) -> None:
        """Say where pip looks: ``--index-url URL`` or ``--extra-index-url URL``."""
        self.set_pip_option(index_url)

    def set_pip_option(self, pip_option: str) -> None:
        """Add or replace an option of pip."""
        _check_text("pip option", pip_option)
        self.remove_pip_option(pip_option)
        self._pip(make=True).insert(0, pip_option)

    def remove_pip_option(self, pip_option: str) -> None:
        """Remove an option of pip, whatever its value."""
        name = pip_option.split()[0] if pip_option.split() else pip_option
        pip = self._pip()
        pip[:] = [item for item in pip if not (_is_option(item) and item.split()[0] == name)]

    def add_tensorflow_pip_package(self, core_type: str = CPU, version: Optional[str] = None) -> None:
        """Add TensorFlow for pip; ``core_type`` cpu or gpu."""
        self.add_pip_package(_tensorflow(core_type, version, "=="))

    def add_tensorflow_conda_package(self, core_type: str = CPU, version: Optional[str] = None) -> None:
        """Add TensorFlow from conda; ``core_type`` cpu or gpu."""
        self.add_conda_package(_tensorflow(core_type, version, "="))

    def add_cntk_package(self, core_type: str = CPU) -> None:
        """Add CNTK for pip; ``core_type`` cpu or gpu. PyPI has it for Python 3.6 and older only."""
        self.add_pip_package(_with_core(CNTK_PACKAGE_PREFIX, core_type) + "==" + CNTK_DEFAULT_VERSION)

    # --- writing it

    def as_dict(self) -> Dict[str, Any]:
        """The content of the conda environment file."""
        return _copied(self._data)

    def without_credentials(self) -> CondaDependencies:
        """A copy whose URLs hold no user names and passwords."""
        from trainshed.contract.packages import credentials

        made = CondaDependencies(_underlying_structure=self._data)
        made._folder, made._places = self._folder, self._places
        pip = made._pip()
        pip[:] = credentials.without(tuple(pip))
        if made._data.get(CHANNELS):
            made._data[CHANNELS] = list(credentials.without(tuple(map(str, made._data[CHANNELS]))))
        return made

    def placed(self, error: BadPackage) -> BadPackage:
        """The same error with the package's file and line, if it came from a file."""
        package = str(error.facts.get("package"))
        place = self._places.get(package)
        return BadPackage(package="%s (%s)" % (package, place), why=error.facts["why"]) if place else error

    def serialize_to_string(self) -> str:
        """The conda environment file as text (YAML)."""
        from trainshed.sdk.configuration.yaml_text import write

        return write(self._data)

    def save(self, path: Optional[str] = None) -> None:
        """Write the conda environment file.

        Args:
            path: of the file, or a folder, where it becomes ``conda_dependencies.yml``; the current folder by default.
        """
        path = path or os.getcwd()
        if os.path.isdir(path):
            path = os.path.join(path, "conda_dependencies.yml")
        _write(path, self.serialize_to_string())

    def save_to_file(self, base_directory: str, conda_file_path: Optional[str] = None) -> str:
        """Write the conda environment file below ``base_directory``; returns its path relative to that folder."""
        name = conda_file_path or os.path.join(".azureml", "conda_dependencies.yml")
        os.makedirs(os.path.dirname(os.path.join(base_directory, name)), exist_ok=True)
        _write(os.path.join(base_directory, name), self.serialize_to_string())
        return name

    def __repr__(self) -> str:
        return "CondaDependencies(%r)" % (self._data,)

    def _packages(self) -> List[Any]:
        found: List[Any] = self._data.setdefault(PACKAGES, [])
        return found

    def _pip(self, *, make: bool = False) -> List[str]:
        for item in self._packages():
            if isinstance(item, dict) and PIP in item:
                if item[PIP] is None:
                    item[PIP] = []
                packages: List[str] = item[PIP]
                return packages
        if not make:
            return []
        self._packages().append({PIP: []})
        return self._pip()


def _default() -> Dict[str, Any]:
    return {
        "name": "project_environment",
        PACKAGES: ["%s=%s" % (PYTHON_PREFIX, PYTHON_DEFAULT_VERSION), {PIP: ["azureml-defaults"]}],
        CHANNELS: ["anaconda", "conda-forge"],
    }


def _copied(data: Mapping[str, Any]) -> Dict[str, Any]:
    from copy import deepcopy

    return deepcopy(dict(data))


def _read(path: str) -> Tuple[Dict[str, Any], Dict[str, str]]:
    """The content of a conda file; and of each package its file and line."""
    from trainshed.contract.errors import RunConfigBroken
    from trainshed.sdk.configuration.yaml_text import read_file

    if not os.path.isfile(path):
        raise SourceMissing(what="Conda environment file", path=path, why="does not exist.")
    document = read_file(path)
    packages = document.data.get(PACKAGES)
    if packages is not None and not isinstance(packages, list):
        raise RunConfigBroken(path=path, line=document.line((PACKAGES,)), why="dependencies: expected a list")
    pip_at: Optional[int] = None
    for number, item in enumerate(packages or ()):
        if not isinstance(item, str) and not _is_pip_list(item):
            line = document.line((PACKAGES, number))
            raise RunConfigBroken(path=path, line=line, why="expected a package or pip's list, found %r" % (item,))
        if isinstance(item, dict):
            if pip_at is not None:
                why = "a second list for pip; the first is in line %d: put all packages there" % pip_at
                raise RunConfigBroken(path=path, line=document.line((PACKAGES, number)), why=why)
            pip_at = document.line((PACKAGES, number))
        for place, package in enumerate((item.get(PIP) or ()) if isinstance(item, dict) else ()):
            if not isinstance(package, str):
                line = document.line((PACKAGES, number, PIP, place))
                raise RunConfigBroken(path=path, line=line, why="expected a package for pip, found %r" % (package,))
    document.data[PACKAGES] = packages or []
    return document.data, {
        package: "%s, line %d" % (path, document.line(where)) for where, package in _texts(document.data[PACKAGES])
    }


def _texts(packages: List[Any]) -> Iterator[Tuple[Tuple[Any, ...], str]]:
    """Each package with its way through the file."""
    for number, item in enumerate(packages):
        if isinstance(item, str):
            yield (PACKAGES, number), item
        else:
            for place, package in enumerate(item[PIP] or ()):
                yield (PACKAGES, number, PIP, place), package


def _is_pip_list(item: object) -> bool:
    return isinstance(item, dict) and set(item) == {PIP} and isinstance(item[PIP], (list, type(None)))


def _write(path: str, text: str) -> None:
    from trainshed.sdk.configuration.yaml_text import replace_file

    replace_file(path, text)


def _listed(what: str, packages: Optional[Iterable[str]]) -> List[str]:
    if packages is None:
        return []
    if isinstance(packages, str):
        raise BadValue(what="%s %r" % (what, packages), why="give a list of packages, not one text")
    return list(packages)


def _check_text(what: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise BadValue(what="%s %r" % (what, value), why="a package is a text such as 'numpy==1.18'")


def _is_option(item: str) -> bool:
    return item.startswith("-")


def _package_name(requirement: str) -> str:
    """``scikit-learn[x]>=0.2`` -> ``scikit-learn``; a URL or a path is its own name."""
    text = requirement.rpartition("::")[2] if "::" in requirement else requirement
    found = re.match(_NAME, text.strip())
    if "/" in text or not found:
        return requirement.strip()
    return found.group().lower().replace("_", "-")


def _is_package(item: Any, name: str) -> bool:
    return isinstance(item, str) and _package_name(item) == _package_name(name)


def _tensorflow(core_type: str, version: Optional[str], equals: str) -> str:
    return _with_core(TENSORFLOW_PACKAGE_PREFIX, core_type) + equals + (version or TENSORFLOW_DEFAULT_VERSION)


def _with_core(name: str, core_type: str) -> str:
    if core_type not in (CPU, GPU):
        raise BadValue(what="core_type %r" % (core_type,), why="use 'cpu' or 'gpu'")
    return name + ("-gpu" if core_type == GPU else "")
