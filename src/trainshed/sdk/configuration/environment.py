"""Environment: what a command runs in. Here as a value; the registry is in ``sdk/environments.py``.

Follows: azureml.core.environment (1.11, 1.62). ``get_image_details`` is not offered: there are no images.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple, Union

from trainshed.contract.errors import BadValue, SourceMissing
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.container import ContainerRegistry, DockerSection
from trainshed.sdk.configuration.element import Broken, Element, Field
from trainshed.sdk.configuration.r_section import RSection

if TYPE_CHECKING:
    from trainshed.sdk.environment_building import ImageBuildDetails
    from trainshed.sdk.workspace import Workspace

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

    def get_environment(self, workspace: Workspace) -> Environment:
        """The registered or curated environment of that name. One request."""
        return Environment.get(workspace, self.name, self.version)

    def __repr__(self) -> str:
        return "EnvironmentReference(name=%r, version=%r)" % (self.name, self.version)


class Environment(Element):
    """What a command runs in: Python, container, variables.

    ``as_of`` (beyond v1) is a day such as ``2020-08-27``: packages are resolved as they were to be had then.

    Follows: azureml.core.environment.Environment. The databricks and R sections are kept as they were read.
    """

    as_of: Optional[str] = None

    FIELDS = (
        Field("name", "text"),
        Field("version", "text"),
        Field("environment_variables", "map"),
        Field("python", "section", PythonSection),
        Field("docker", "section", DockerSection),
        Field("spark", "section", SparkSection),
        Field("databricks"),
        Field("r", "section", RSection),
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
        self.r: Optional[RSection] = None
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

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_environment(self)

    def _fill(self, data: Mapping[str, Any], path: Tuple[Any, ...]) -> None:
        rest = dict(data)
        for key in [key for key in rest if str(key).replace("_", "").lower() == "asof"]:
            value = rest.pop(key)
            self.as_of = None if value is None else str(value)
        super()._fill(rest, path)

    def to_dict(self) -> Dict[str, Any]:
        """v1's form; ``asOf`` only where it says something."""
        data = super().to_dict()
        return data if self.as_of is None else {**data, "asOf": str(self.as_of)}

    def to_record(self, *, public: bool = False) -> Dict[str, Any]:
        """v1's serialised form, with the conda packages inside and without a registry's password.

        Args:
            public: without the credentials of package indexes, too.
        """
        data = self.to_dict()
        python = self.python
        data["python"]["condaDependencies"] = (
            None if python.conda_dependencies is None else python.conda_dependencies.as_dict()
        )
        registry = data["docker"].get("baseImageRegistry")
        if isinstance(registry, dict) and registry.get("password"):
            registry["password"] = None
        if public and python.conda_dependencies is not None:
            data["python"]["condaDependencies"] = python.conda_dependencies.without_credentials().as_dict()
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

    # --- the registry of a workspace

    def register(self, workspace: Workspace) -> Environment:
        """Register it: a new version of its name, unless the newest one says the same. One request.

        Returns:
            The environment as registered, with its version.

        Raises:
            BadValue: a name that cannot be, or that a curated environment has.
        """
        from trainshed.sdk import environments

        return environments.register(self, workspace)

    @staticmethod
    def get(workspace: Workspace, name: str, version: Optional[str] = None, label: Optional[str] = None) -> Environment:
        """A registered environment, or a curated one (``AzureML-...``; those take no request).

        Args:
            version: the newest, if neither it nor a label is given.
            label: as :meth:`label` gave it (1.62); ``Latest`` is the newest version.

        Raises:
            EnvironmentNotFound: names the nearest.
        """
        from trainshed.sdk import environments

        return environments.get(workspace, name, version, label)

    @staticmethod
    def list(workspace: Workspace) -> Dict[str, Environment]:
        """The newest version of each registered environment, and the curated ones, by name. One request."""
        from trainshed.sdk import environments

        return environments.listed(workspace)

    @staticmethod
    def label(workspace: Workspace, name: str, version: Union[str, int], labels: List[str]) -> None:
        """Put labels on a version; another version of that name loses them (1.62). One request."""
        from trainshed.sdk import environments

        environments.label(workspace, name, version, labels)

    @staticmethod
    def add_private_pip_wheel(workspace: Workspace, file_path: str, exist_ok: bool = False) -> str:
        """Keep a wheel in the workspace.

        Args:
            file_path: of the wheel.
            exist_ok: one of that name may be there; v1 replaced it, here environments that name it keep theirs.

        Returns:
            What stands for it in a list of pip packages.

        Raises:
            SourceMissing: no such file. BadValue: not a wheel's name. WheelExists.
        """
        from trainshed.sdk import environments

        return environments.add_private_pip_wheel(workspace, file_path, exist_ok=exist_ok)

    def build(self, workspace: Workspace, image_build_compute: Optional[str] = None) -> ImageBuildDetails:
        """Build it now, in a run of the experiment ``prepare_image``; runs that need it later find it.

        Args:
            image_build_compute: the compute target whose machines shall have it; this computer when None.

        Raises:
            BadValue: its packages are looked after by the user.
        """
        from trainshed.sdk import environment_building

        return environment_building.build(self, workspace, image_build_compute)

    def build_local(self, workspace: Workspace, platform: Any = None, **kwargs: Any) -> str:
        """Build it on this computer, and show what the installer says.

        Args:
            platform, useDocker, pushImageToWorkspaceAcr: have no effect: no image is made.

        Returns:
            The installer's words.

        Raises:
            ActivityFailedException: it can't be built.
        """
        from trainshed.sdk import environment_building

        return environment_building.build_local(self, workspace, platform=platform, **kwargs)

    # --- made from files and images

    @staticmethod
    def from_conda_specification(name: str, file_path: str) -> Environment:
        """One whose packages a conda environment file lists.

        Raises:
            SourceMissing, RunConfigBroken: the file is not there, or broken; names the line.
        """
        made = Environment(name)
        made.python.conda_dependencies = CondaDependencies(file_path)
        return made

    @staticmethod
    def from_pip_requirements(name: str, file_path: str, pip_version: Optional[str] = None) -> Environment:
        """One whose packages a pip requirements file lists, with the files that it names.

        Args:
            name: of the environment.
            file_path: of the requirements file.
            pip_version: accepted as in 1.62; has no effect.

        Raises:
            SourceMissing: the file, or one that it names by ``-r`` or ``-c``, is not there.
        """
        from trainshed.sdk.configuration import requirements

        found = requirements.read(file_path)
        made = Environment(name)
        assert made.python.conda_dependencies is not None
        # A conda file knows no constraints: they become conditions on those that are asked for.
        made.python.conda_dependencies.set_pip_requirements(requirements.constrained(found))
        return made

    @staticmethod
    def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
        """One that holds what a conda environment of this computer holds; asks the program ``conda``.

        Raises:
            BadValue: there is no conda, or no such environment.
        """
        from trainshed.sdk import environments

        return environments.from_existing_conda_environment(name, conda_environment_name)

    @staticmethod
    def from_docker_image(
        name: str,
        image: str,
        container_registry: Optional[ContainerRegistry] = None,
        conda_specification: Optional[str] = None,
        pip_requirements: Optional[str] = None,
    ) -> Environment:
        """A definition that names an image (1.62). Submitting a run with it is refused: containers come later."""
        made = _of_files(name, conda_specification, pip_requirements)
        made.docker.enabled = True
        made.docker.base_image = image
        if container_registry is not None:
            made.docker.base_image_registry = container_registry
        return made

    @staticmethod
    def from_dockerfile(
        name: str,
        dockerfile: str,
        conda_specification: Optional[str] = None,
        pip_requirements: Optional[str] = None,
    ) -> Environment:
        """A definition that holds a Dockerfile, given by its path or as text (1.62). Submitting a run with it is
        refused: containers come later.
        """
        made = _of_files(name, conda_specification, pip_requirements)
        made.docker.enabled = True
        made.docker.base_image = None
        made.docker.base_dockerfile = dockerfile
        if "\n" not in dockerfile and os.path.isfile(dockerfile):
            with open(dockerfile, encoding="utf-8") as file:
                made.docker.base_dockerfile = file.read()
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


def _of_files(name: str, conda_specification: Optional[str], pip_requirements: Optional[str]) -> Environment:
    """One with the packages of a file; user-managed without any, as in v1: the image brings its own."""
    if conda_specification and pip_requirements:
        raise BadValue(what="conda_specification and pip_requirements", why="give one of them, not both")
    if conda_specification:
        return Environment.from_conda_specification(name, conda_specification)
    if pip_requirements:
        return Environment.from_pip_requirements(name, pip_requirements)
    made = Environment(name)
    made.python.user_managed_dependencies = True
    return made


class EnvironmentDefinition(Environment):
    """v1's older name of :class:`Environment`, with an optional name."""

    FIELDS = Environment.FIELDS

    def __init__(self, name: Optional[str] = None) -> None:
        super().__init__(name)

    @classmethod
    def _blank(cls) -> EnvironmentDefinition:
        return cls()
