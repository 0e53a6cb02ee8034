"""Environment: what a command runs in. Here as a value; registering and building come in a later release.

Follows: azureml.core.environment (1.11, 1.62).
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, Optional, Tuple

from trainshed.contract.errors import BadValue, SourceMissing
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.container import DockerSection
from trainshed.sdk.configuration.element import Broken, Element, Field

ENVIRONMENT_FILE = "azureml_environment.json"


class PythonSection(Element):
    """Which Python, and who looks after its packages.

    ``user_managed_dependencies``: True uses ``interpreter_path`` as it is (``python`` on the local target: the
    interpreter that submits); False, v1's default, means an environment built from ``conda_dependencies``.
    """

    FIELDS = (
        Field("user_managed_dependencies", "bool"),
        Field("interpreter_path", "text"),
        Field("conda_dependencies_file", "text"),
        Field("_base_conda_environment", "text"),
    )
    FORMER = frozenset({"condadependencies"})  # read below

    def __init__(self, **kwargs: Any) -> None:
        self.user_managed_dependencies = False
        self.interpreter_path = "python"
        self.conda_dependencies_file: Optional[str] = None
        self._base_conda_environment: Optional[str] = None
        self._conda_dependencies: Optional[CondaDependencies] = CondaDependencies()
        for name, value in kwargs.items():
            setattr(self, name, value)

    @property
    def conda_dependencies(self) -> Optional[CondaDependencies]:
        """What the environment holds when it is built."""
        return self._conda_dependencies

    @conda_dependencies.setter
    def conda_dependencies(self, value: Optional[CondaDependencies]) -> None:
        if value is not None and not isinstance(value, CondaDependencies):
            raise BadValue(what="conda_dependencies %r" % (value,), why="give a CondaDependencies object")
        self._conda_dependencies = value

    def _fill(self, data: Mapping[str, Any], path: Tuple[Any, ...]) -> None:
        super()._fill(data, path)
        for key, value in data.items():
            if str(key).replace("_", "").lower() == "condadependencies" and value is not None:
                if not isinstance(value, dict):
                    raise Broken((*path, key), "expected the content of a conda file, found %r" % (value,))
                self._conda_dependencies = CondaDependencies(_underlying_structure=value)


class PythonEnvironment(PythonSection):
    """v1's older name of :class:`PythonSection`."""

    FIELDS = PythonSection.FIELDS

    def __init__(self) -> None:
        super().__init__()


class SparkPackage(Element):
    """A Maven package for Spark; kept with the run."""

    FIELDS = (Field("group", "text"), Field("artifact", "text"), Field("version", "text"))

    def __init__(
        self, group: Optional[str] = None, artifact: Optional[str] = None, version: Optional[str] = None
    ) -> None:
        self.group = group
        self.artifact = artifact
        self.version = version


class SparkSection(Element):
    """Spark's packages; kept with the run."""

    FIELDS = (
        Field("repositories", "texts"),
        Field("packages", "section list", SparkPackage),
        Field("precache_packages", "bool"),
    )

    def __init__(self, **kwargs: Any) -> None:
        self.repositories: List[str] = []
        self.packages: List[SparkPackage] = []
        self.precache_packages = True
        for name, value in kwargs.items():
            setattr(self, name, value)


class SparkEnvironment(SparkSection):
    """v1's older name of :class:`SparkSection`."""

    FIELDS = SparkSection.FIELDS

    def __init__(self) -> None:
        super().__init__()


class EnvironmentReference(Element):
    """An environment by name and version."""

    FIELDS = (Field("name", "text"), Field("version", "text"))

    def __init__(self, name: str, version: Optional[str] = None) -> None:
        self.name = name
        self.version = version

    def __repr__(self) -> str:
        return "EnvironmentReference(name=%r, version=%r)" % (self.name, self.version)


class Environment(Element):
    """What a command runs in: Python, container, variables.

    Follows: azureml.core.environment.Environment. The databricks and R sections are kept as they were read.
    """

    FIELDS = (
        Field("name", "text"),
        Field("version", "text"),
        Field("environment_variables", "map"),
        Field("python", "section", PythonSection),
        Field("docker", "section", DockerSection),
        Field("spark", "section", SparkSection),
        Field("databricks"),
        Field("r"),
        Field("inferencing_stack_version", "text"),
        Field("asset_id", "text"),
    )

    def __init__(self, name: Optional[str], **kwargs: Any) -> None:
        self.name = name
        self.version: Optional[str] = None
        self.environment_variables: Dict[str, str] = {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
        self.python = PythonSection()
        self.docker = DockerSection()
        self.spark = SparkSection()
        self.databricks: Any = None
        self.r: Any = None
        self.inferencing_stack_version: Optional[str] = None
        self.asset_id: Optional[str] = None
        for key, value in kwargs.items():
            setattr(self, key, value)

    @classmethod
    def _blank(cls) -> Environment:
        return cls(None)

    def __str__(self) -> str:
        return repr(self)

    def __repr__(self) -> str:
        import json

        return json.dumps(self.to_record(), indent=4, default=str)

    def to_record(self) -> Dict[str, Any]:
        """v1's serialised form, with the conda packages inside and without a registry's password."""
        data = self.to_dict()
        python = self.python
        data["python"]["condaDependencies"] = (
            None if python.conda_dependencies is None else python.conda_dependencies.as_dict()
        )
        registry = data["docker"].get("baseImageRegistry")
        if isinstance(registry, dict) and registry.get("password"):
            registry["password"] = None
        return data

    @staticmethod
    def from_record(data: Mapping[str, Any]) -> Environment:
        """The reverse of :meth:`to_record`. BadValue for a form that is none."""
        try:
            return Environment.from_dict(dict(data))
        except Broken as error:
            raise BadValue(what="Environment", why=str(error)) from error

    def clone(self, new_name: str) -> Environment:
        """A copy under another name, without a version."""
        from copy import deepcopy

        made = deepcopy(self)
        made.name = new_name
        made.version = None
        return made

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> Environment:
        """One whose packages a conda environment file lists."""
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies(file_path)
        return made

    @staticmethod
    def from_pip_requirements(name: str, file_path: str, pip_version: Optional[str] = None) -> Environment:
        """One whose packages a pip requirements file lists.

        Args:
            name: of the environment.
            file_path: of the requirements file.
            pip_version: accepted as in 1.62; has no effect.
        """
        if not os.path.isfile(file_path):
            raise SourceMissing(what="Requirements file", path=file_path, why="does not exist.")
        with open(file_path, encoding="utf-8") as file:
            lines = [line.split(" #")[0].strip() for line in file]
        made = Environment(name)
        assert made.python.conda_dependencies is not None
        made.python.conda_dependencies.set_pip_requirements(
            [line for line in lines if line and not line.startswith("#")]
        )
        return made

    def save_to_directory(self, path: str, overwrite: bool = False) -> None:
        """Write ``azureml_environment.json`` into a folder, which is made.

        Raises:
            BadValue: the folder is there and ``overwrite`` is False.
        """
        import json

        from trainshed.sdk.configuration.yaml_text import replace_file

        if os.path.exists(path) and not overwrite:
            raise BadValue(what="Folder %r" % path, why="it exists already; give overwrite=True")
        os.makedirs(path, exist_ok=True)
        replace_file(os.path.join(path, ENVIRONMENT_FILE), json.dumps(self.to_record(), indent=4))

    @staticmethod
    def load_from_directory(path: str) -> Environment:
        """Read what :meth:`save_to_directory` wrote."""
        import json

        file_path = os.path.join(path, ENVIRONMENT_FILE)
        if not os.path.isfile(file_path):
            raise SourceMissing(what="Environment file", path=file_path, why="does not exist.")
        with open(file_path, encoding="utf-8") as file:
            try:
                data = json.load(file)
            except ValueError as error:
                raise BadValue(what="Environment file %r" % file_path, why="it is not JSON: %s" % error) from error
        return Environment.from_record(data)


class EnvironmentDefinition(Environment):
    """v1's older name of :class:`Environment`, with an optional name."""

    FIELDS = Environment.FIELDS

    def __init__(self, name: Optional[str] = None) -> None:
        super().__init__(name)

    @classmethod
    def _blank(cls) -> EnvironmentDefinition:
        return cls()
