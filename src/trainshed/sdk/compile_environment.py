"""From the Environment of a run configuration to an EnvironmentSpec: every check that needs no build.

Follows: azureml.core.environment, azureml.core.conda_dependencies (1.11, 1.62). What v1 found out while it built an
image (a file that is missing, a package whose name is none) is said here, before anything is queued.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple

from trainshed.contract import variables
from trainshed.contract.errors import BadPackage, BadValue, ComesLater, SourceMissing
from trainshed.contract.packages import credentials
from trainshed.contract.spec import EnvironmentSpec, PackagesSpec
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk import context, environment_settings
from trainshed.sdk.configuration.conda_dependencies import PACKAGES, PIP, PYTHON_PREFIX, CondaDependencies
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.notices import warn_once

if TYPE_CHECKING:
    from trainshed.sdk.configuration.run_configuration import RunConfiguration
    from trainshed.sdk.workspace import Workspace

LOCAL = "local"
_UNNAMED = "(without a name)"


class Compiled(NamedTuple):
    """``properties``: what the run shall say about its environment."""

    spec: EnvironmentSpec
    properties: Mapping[str, str]


class _Asked(NamedTuple):
    """``root``: the source folder. ``workspace``: None where nobody is asked for registered environments."""

    root: str
    run_config: RunConfiguration
    workspace: Optional[Workspace]
    settings: environment_settings.EnvironmentSettings


def compile_environment(
    run_config: RunConfiguration, root: str, *, workspace: Optional[Workspace] = None, estimator: str = ""
) -> Compiled:
    """Freeze the environment of a run.

    Args:
        run_config: read as it is now.
        root: the source folder, absolute; files are looked for there first.
        workspace: where registered environments are looked up, when the settings replace one by another.
        estimator: the class of the estimator that made the configuration, for the settings.

    Raises:
        BadValue, BadPackage, SourceMissing, RunConfigBroken: something in it cannot be; says which.
        CondaNameWithoutCounterpart: a conda package that PyPI has nothing for.
        ComesLater: it needs a container, or R.
        EnvironmentNotFound: the settings name a replacement that does not exist.
    """
    environment: Any = run_config.environment
    if not isinstance(environment, Environment):
        why = "give an Environment object; one by its name is Environment.get(workspace, %r)" % (environment,)
        raise BadValue(what="environment %r" % (environment,), why=why)
    asked = _Asked(root, run_config, workspace, environment_settings.read())
    use = asked.settings.use_for(environment.name or "", estimator)
    if use is None:
        return Compiled(_compiled(environment, asked), {})
    replaced = environment.name or estimator or _UNNAMED
    warn_once("Environment %r is replaced by %r, as %s says." % (replaced, use, _where(asked.settings)))
    properties = {"trainshed.environment_replaced": "%s -> %s" % (replaced, use)}
    if environment_settings.is_interpreter(use):
        return Compiled(_user_managed(environment, os.path.expanduser(use), asked), properties)
    return Compiled(_compiled(_named(use, asked), asked), properties)


def _where(settings: environment_settings.EnvironmentSettings) -> str:
    return environment_settings.OVERRIDES if settings.shell_use else settings.file


def _named(use: str, asked: _Asked) -> Environment:
    from trainshed.sdk import environments

    if asked.workspace is None:
        raise BadValue(what="environment %r of the settings" % use, why="a registered one needs a workspace")
    name, version = environment_settings.name_and_version(use)
    return environments.get(asked.workspace, name, version)


def _compiled(environment: Environment, asked: _Asked) -> EnvironmentSpec:
    _refuse_containers(environment, asked.run_config)
    python = environment.python
    if python.user_managed_dependencies:
        return _user_managed(environment, python.interpreter_path, asked)
    definition, packages = _packages(environment, asked)
    return EnvironmentSpec(
        kind="packages",
        name=environment.name,
        version=environment.version,
        interpreter=sys.executable or "python",  # whose version is taken where nobody asks for one
        packages=packages,
        variables=_variables(environment),
        definition=definition,
    )


def _user_managed(environment: Environment, interpreter: Any, asked: _Asked) -> EnvironmentSpec:
    record = environment.to_record(public=True)
    record["python"].update(userManagedDependencies=True, interpreterPath=interpreter)
    return EnvironmentSpec(
        kind="user_managed",
        name=environment.name,
        version=environment.version,
        interpreter=_interpreter(interpreter),
        variables=_variables(environment),
        definition=record,
    )


def _variables(environment: Environment) -> Dict[str, str]:
    return texts_by_name("environment.environment_variables", environment.environment_variables)


def _refuse_containers(environment: Environment, run_config: RunConfiguration) -> None:
    docker = environment.docker
    if docker.names_image and (docker.enabled or run_config.docker.use_docker):
        image = docker.base_image or "a Dockerfile"
        raise ComesLater(
            what="Running in a container (%s)" % image,
            instead="Set environment.docker.enabled = False to run in an environment of packages.",
        )
    if docker.enabled or run_config.docker.use_docker:
        warn_once("No container is used: the packages of the environment are installed on the machine that runs them.")
    if environment.r is not None:
        raise ComesLater(what="An environment for R (environment.r)", instead="Leave it out.")


def _interpreter(given: Any) -> str:
    """``python`` is the interpreter that submits; other names are looked up on the PATH that the user has now, for the
    server has another. All targets are on this computer.
    """
    if not isinstance(given, str) or not given.strip():
        raise BadValue(what="interpreter_path %r" % (given,), why="give the path of a Python interpreter")
    if given == "python" and sys.executable:
        return sys.executable
    if os.path.isabs(given) and os.path.isfile(given) and os.access(given, os.X_OK):
        return os.path.abspath(given)
    from shutil import which

    found = which(os.path.expanduser(given))
    if found is None:
        why = "there is no such program on this computer; give its absolute path, or 'python' for the one that submits"
        raise BadValue(what="interpreter_path %r" % given, why=why)
    return os.path.abspath(found)


# --- packages


def _packages(environment: Environment, asked: _Asked) -> Tuple[Mapping[str, Any], PackagesSpec]:
    """v1's definition and the request; no credentials in either."""
    from trainshed.contract.packages.translating import translate
    from trainshed.sdk.configuration import requirements

    dependencies, folders = dependencies_of(environment, asked.root)
    try:
        pip = requirements.expand((*dependencies.pip_options, *dependencies.pip_packages), folders)
        python, conda = _conda(dependencies)
    except BadPackage as error:
        raise dependencies.placed(error) from None
    lines, secrets = parted(pip.lines)
    constraints, more = parted(pip.constraints)
    packages = PackagesSpec(
        python=python,
        conda=conda,
        pip=lines,
        constraints=constraints,
        channels=credentials.without(tuple(str(channel) for channel in dependencies.conda_channels)),
        as_of=_as_of(environment, asked),
    )
    try:
        translate(packages)
    except BadPackage as error:
        raise dependencies.placed(error) from None
    keep({**secrets, **more})
    _keep_settings()
    return definition_of(environment, dependencies, lines), packages


def dependencies_of(environment: Environment, root: str) -> Tuple[CondaDependencies, List[str]]:
    """The packages, and where files that they name are looked for. A file counts where the object says nothing."""
    python = environment.python
    given = python.conda_dependencies
    if python.conda_dependencies_file and (given is None or given.is_default()):
        name = os.path.expanduser(python.conda_dependencies_file)
        paths = [os.path.join(root, name), os.path.abspath(name)]
        path = next((path for path in paths if os.path.isfile(path)), None)
        if path is None:
            why = "is neither in the source directory %r nor in %s." % (root, os.getcwd())
            raise SourceMissing(what="Conda environment file", path=python.conda_dependencies_file, why=why)
        given = CondaDependencies(path)
    if given is None:
        given = CondaDependencies()
    return given, [*([given._folder] if given._folder else []), root, os.getcwd()]


def _conda(dependencies: CondaDependencies) -> Tuple[str, Tuple[str, ...]]:
    """The Python asked for, and all other conda packages."""
    from trainshed.contract.packages.match_specs import parse

    _refuse_mappings(dependencies)
    python, rest = "", []
    for item in dependencies.conda_packages:
        spec = parse(item)
        if spec.name.lower() == PYTHON_PREFIX:
            python = spec.condition
        elif spec.name.lower() != PIP:
            rest.append(item)
    if python.startswith("==") and "," not in python:
        python = python[2:].replace(".*", "")
    return python, tuple(rest)


def _refuse_mappings(dependencies: CondaDependencies) -> None:
    """Of content that came without a file: a mapping that isn't pip's list would be left out in silence."""
    for item in dependencies.as_dict().get(PACKAGES) or ():
        if isinstance(item, dict) and set(item) != {PIP}:
            raise BadValue(what="dependencies: %r" % (item,), why="expected a package or pip's list")


def parted(lines: Tuple[str, ...]) -> Tuple[Tuple[str, ...], Dict[str, str]]:
    parts = [credentials.part(line, os.environ) for line in lines]
    secrets: Dict[str, str] = {}
    for part in parts:
        secrets.update(part.secrets)
    return tuple(part.line for part in parts), secrets


def keep(secrets: Mapping[str, str]) -> None:
    """Credentials stay on this machine, in a file that only its owner can read."""
    from trainshed.contract.layout import HomeLayout, default_home

    if not secrets:
        return
    if context.run_id() is not None:
        why = "a run cannot hand on credentials; put them into pip's configuration or ~/.netrc of the machine"
        raise BadValue(what="The URL of a package index (%s)" % ", ".join(secrets), why=why)
    credentials.keep(HomeLayout(default_home()).index_credentials, secrets)


def _keep_settings() -> None:
    """pip's and uv's variables of this shell. A run has none of its own: those of who submitted it stay."""
    from trainshed.contract import building
    from trainshed.contract.layout import HomeLayout, default_home

    if context.run_id() is None:
        building.keep(HomeLayout(default_home()).building, os.environ)


def definition_of(environment: Environment, dependencies: CondaDependencies, lines: Tuple[str, ...]) -> Dict[str, Any]:
    """v1's serialised form with the packages that counted, whichever file they came from."""
    resolved = CondaDependencies(_underlying_structure=dependencies.as_dict())
    if lines:
        resolved.set_pip_requirements(lines)
    record = environment.to_record(public=True)
    record["python"]["condaDependencies"] = resolved.as_dict()
    return record


def _as_of(environment: Environment, asked: _Asked) -> Optional[str]:
    """The run's own word first, then the environment's, then the settings'."""
    name = variables.AS_OF
    for given in (asked.run_config.environment_variables, environment.environment_variables):
        day = (given or {}).get(name)
        if day:
            return environment_settings.check_day(day, "environment_variables[%r]" % name)
    if environment.as_of is not None:
        return environment_settings.check_day(environment.as_of, "environment.as_of")
    workspace = "" if asked.workspace is None else asked.workspace.name
    return asked.settings.day_for(environment.name or "", workspace)


def texts_by_name(what: str, values: Any) -> Dict[str, str]:
    """Variables as texts.

    Raises:
        BadValue: a name or a value that cannot be one; ``what`` names the place.
    """
    if not values:
        return {}
    if not isinstance(values, Mapping):
        raise BadValue(what="%s %r" % (what, values), why="give a dict of texts")
    for name, value in values.items():
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise BadValue(what=what, why="%r cannot be the name of a variable" % (name,))
        if not isinstance(value, (str, int, float)) or "\0" in str(value):
            raise BadValue(what="%s[%r]" % (what, name), why="%r cannot be the value of a variable" % (value,))
    return {name: str(value) for name, value in values.items()}
