"""The environments of a workspace: registered ones, v1's curated ones, and private wheels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Union

from trainshed.contract.environment_records import (
    EnvironmentAsk,
    EnvironmentRecord,
    LabelAsk,
    WheelAsk,
    check_environment_name,
)
from trainshed.contract.errors import BadPackage, BadValue, EnvironmentNotFound, SourceMissing
from trainshed.contract.packages import curated
from trainshed.contract.packages.wheels import PrivateWheel, private_wheel, wheel_url
from trainshed.sdk.configuration.conda_dependencies import CHANNELS, PACKAGES, PIP, CondaDependencies
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.workspace_argument import check_workspace

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace

_BLOCK_BYTES = 1 << 20
_FIRST = "1"


def register(environment: Environment, workspace: Workspace) -> Environment:
    """See :meth:`Environment.register`."""
    check_workspace(workspace, "Environment.register")
    ask = EnvironmentAsk(check_environment_name(environment.name), _self_contained(environment))
    return of_record(workspace._api.environments.register(workspace._workspace_id, ask))


def get(
    workspace: Workspace, name: str, version: Union[str, int, None] = None, label: Optional[str] = None
) -> Environment:
    """See :meth:`Environment.get`."""
    check_workspace(workspace, "Environment.get")
    if not name:
        raise BadValue(what="Environment name %r" % (name,), why="give the name of an environment")
    if curated.is_curated_name(name):
        return of_curated(name, version)
    wanted = None if version is None else str(version)
    api = workspace._api.environments
    return of_record(api.get(workspace._workspace_id, name, version=wanted, label=label))


def listed(workspace: Workspace) -> Dict[str, Environment]:
    """See :meth:`Environment.list`."""
    check_workspace(workspace, "Environment.list")
    registered = workspace._api.environments.all(workspace._workspace_id).environments
    found = {record.name: of_record(record) for record in registered}
    found.update((name, of_curated(name)) for name in curated.listed())
    return found


def label(workspace: Workspace, name: str, version: Union[str, int], labels: List[str]) -> None:
    """See :meth:`Environment.label`."""
    check_workspace(workspace, "Environment.label")
    if not str(version).isdigit():
        raise BadValue(what="version %r" % (version,), why="give a version such as '2'")
    if not isinstance(labels, (list, tuple)):
        raise BadValue(what="labels %r" % (labels,), why="give a list of texts")
    ask = LabelAsk(int(version), tuple(str(one) for one in labels))
    workspace._api.environments.label(workspace._workspace_id, name, ask)


def of_record(record: EnvironmentRecord) -> Environment:
    """The environment that the server keeps."""
    return of_definition(record.definition, record.name, str(record.version))


def of_definition(definition: Mapping[str, Any], name: Optional[str], version: Optional[str]) -> Environment:
    """The environment of a definition, under that name and version."""
    made = Environment.from_record(definition)
    made.name = name
    made.version = version
    return made


def of_curated(name: str, version: Union[str, int, None] = None) -> Environment:
    """A curated environment, meant by family and version.

    Raises:
        EnvironmentNotFound: it means nothing here; names the nearest three.
    """
    meant = curated.lookup(name)
    if meant is None:
        near = "Nearest: %s. " % ", ".join(repr(one) for one in curated.nearest(name))
        known = "%d curated ones, and those that were registered" % len(curated.listed())
        raise EnvironmentNotFound(what=repr(name), near=near, known=known, name="my-own")
    made = Environment(name)
    made.version = _FIRST if version is None else str(version)
    dependencies: List[Any] = ["python=%s" % (meant.python or "3.6.2"), {PIP: list(meant.pip)}]
    content = {CHANNELS: ["conda-forge"], PACKAGES: dependencies, "name": "project_environment"}
    made.python.conda_dependencies = CondaDependencies(_underlying_structure=content)
    return made


def _self_contained(environment: Environment) -> Mapping[str, Any]:
    """v1's serialised form that needs no file of this computer; credentials stay here."""
    from trainshed.sdk import compile_environment
    from trainshed.sdk.configuration import requirements

    if environment.python.user_managed_dependencies:
        return environment.to_record(public=True)
    dependencies, folders = compile_environment.dependencies_of(environment, os.getcwd())
    try:
        found = requirements.expand((*dependencies.pip_options, *dependencies.pip_packages), folders)
    except BadPackage as error:
        raise dependencies.placed(error) from None
    lines, secrets = compile_environment.parted(tuple(requirements.constrained(found)))
    compile_environment.keep(secrets)
    record = compile_environment.definition_of(environment, dependencies, lines)
    record["python"]["condaDependenciesFile"] = None
    return record


def add_private_pip_wheel(workspace: Workspace, file_path: str, *, exist_ok: bool) -> str:
    """See :meth:`Environment.add_private_pip_wheel`."""
    from hashlib import sha256

    path = os.path.abspath(os.path.expanduser(os.fspath(file_path)))
    if not os.path.isfile(path):
        raise SourceMissing(what="Wheel", path=str(file_path), why="does not exist. Nothing was uploaded.")
    hashed = sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
            hashed.update(block)
        wheel = PrivateWheel(hashed.hexdigest(), os.path.basename(path))
        if private_wheel(wheel_url(wheel)) is None:
            raise BadValue(what="Wheel %r" % wheel.file_name, why="give a wheel: NAME-VERSION-...whl (pip wheel .)")
        api = workspace._api
        if api.have([wheel.sha256]):
            api.send_blob(wheel.sha256, file, os.path.getsize(path))
    api.environments.add_wheel(workspace._workspace_id, WheelAsk(wheel.file_name, wheel.sha256, exist_ok))
    return wheel_url(wheel)


def from_existing_conda_environment(name: str, conda_environment_name: str) -> Environment:
    """See :meth:`Environment.from_existing_conda_environment`."""
    import subprocess
    import tempfile
    from shutil import which

    conda = os.environ.get("CONDA_EXE") or which("conda")
    if not conda:
        raise BadValue(what="Conda environment %r" % conda_environment_name, why="there is no conda on this computer")
    command = [conda, "env", "export", "--no-builds", "-n", conda_environment_name]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        why = done.stderr.decode("utf-8", "replace").strip() or "conda ended with %d" % done.returncode
        raise BadValue(what="Conda environment %r" % conda_environment_name, why=why)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "environment.yml")
        with open(path, "wb") as file:
            file.write(done.stdout)
        made = Environment.from_conda_specification(name, path)
    dependencies = made.python.conda_dependencies
    assert dependencies is not None
    dependencies._folder = None
    return made
