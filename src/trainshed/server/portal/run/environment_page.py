"""The page of a run's environment: what was asked for, what was built, how the build went."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trainshed.contract.layout import ENVIRONMENT_LOCK
from trainshed.contract.spec import RunSpec
from trainshed.server.portal.run.facts import Fact
from trainshed.server.portal.run.head import RunHead
from trainshed.server.portal.run.log_page import LogView

LOCK_FILE, BUILD_LOG = f"azureml-logs/{ENVIRONMENT_LOCK}", "azureml-logs/20_image_build_log.txt"


_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A package that was installed."""

    name: str
    version: str


@dataclass(frozen=True)
class EnvironmentPage:
    """The page.

    Args:
        conda, pip: packages as they were asked for.
        installed: by name; ``lock``: the page of the file that says so, with hashes.
        build: the end of the build log.
    """

    title: str
    id: str
    head: RunHead
    facts: tuple[Fact, ...]
    conda: tuple[str, ...]
    pip: tuple[str, ...]
    variables: tuple[Fact, ...]
    installed: tuple[Package, ...]
    lock: str
    build: LogView | None
    known: bool


def installed(lock: str) -> tuple[Package, ...]:
    """What a lock (requirement lines) names."""
    return tuple(Package(name, version) for name, version in _LOCKED.findall(lock))


def facts(spec: RunSpec) -> tuple[Fact, ...]:
    """What the environment is."""
    environment = spec.environment
    packages = environment.packages
    built = environment.kind == "packages"
    values = {
        "Environment": " ".join(filter(None, (environment.name, environment.version))),
        "Kind": "built from packages" if built else "an interpreter of the user's",
        "Interpreter": "" if built else environment.interpreter,
        "Python asked for": packages.python if packages else "",
        "As of": (packages.as_of or "") if packages else "",
        "Channels": ", ".join(packages.channels) if packages else "",
    }
    return tuple(Fact(name, value) for name, value in values.items() if value)
