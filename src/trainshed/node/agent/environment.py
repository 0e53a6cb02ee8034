"""The environment of a training process: built from a short list, never inherited from the server or the forker."""

from __future__ import annotations

import os
import re
from typing import Dict, List, Mapping, Optional, Sequence

from trainshed.contract import variables
from trainshed.contract.layout import NodeLayout
from trainshed.contract.messages import AgentConfig
from trainshed.contract.spec import TARGET_TYPE

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PATH, _PYTHONPATH, _UNBUFFERED = "PATH", "PYTHONPATH", "PYTHONUNBUFFERED"
_REFERENCE = re.compile(r"\$(?:(\w+(?:[-.]\w+)*)|\{([^{}$]+)\})", re.ASCII)


def build(
    config: AgentConfig, layout: NodeLayout, rank: int, interpreter: str, built: Optional[Mapping[str, str]] = None
) -> Dict[str, str]:
    """All variables of one rank.

    Args:
        interpreter: absolute path of the Python, whose folder comes first on PATH; empty: none is known.
        built: what tells of the environment that was built for the run, if one was.
    """
    spec = config.spec
    chosen = {**spec.environment.variables, **spec.variables}
    made = dict(config.inherited)
    made.setdefault(_PATH, SYSTEM_PATH)
    made.update(built or {})
    made.update(chosen)
    made[_PATH] = _joined([os.path.dirname(interpreter), made[_PATH]])
    made.setdefault(_UNBUFFERED, "1")
    # Ours first: it must win over a real azureml-core in the same environment.
    made[_PYTHONPATH] = _joined([config.runtime, chosen.get(_PYTHONPATH, ""), _root(config, layout)])
    made.update(_v1(config, layout))
    made.update(_ours(config, layout, rank))
    return made


def _root(config: AgentConfig, layout: NodeLayout) -> str:
    """In v1 a script in a sub-folder, too, imported the modules that lie at the top of the source directory."""
    return str(layout.code) if os.path.dirname(config.spec.command.script) else ""


def _v1(config: AgentConfig, layout: NodeLayout) -> Dict[str, str]:
    definition = config.spec.definition
    return {
        variables.RUN_ID: config.run_id,
        variables.SUBSCRIPTION: config.workspace.subscription_id,
        variables.RESOURCE_GROUP: config.workspace.resource_group,
        variables.WORKSPACE_NAME: config.workspace.name,
        variables.PROJECT_NAME: config.experiment,
        variables.SERVICE_ENDPOINT: config.addresses[0] if config.addresses else "",
        variables.RUN_TOKEN: config.run_token,
        variables.RUN_TOKEN_EXPIRY: config.run_token_expiry,
        variables.OUTPUT_DIRECTORY: str(layout.code / "outputs"),
        variables.FRAMEWORK: str(definition.get("framework") or "Python"),
        variables.COMMUNICATOR: str(definition.get("communicator") or "None"),
        variables.TARGET_TYPE: config.spec.properties.get(TARGET_TYPE) or config.spec.target,
    }


def _ours(config: AgentConfig, layout: NodeLayout, rank: int) -> Dict[str, str]:
    return {
        variables.WORKSPACE_ID: config.workspace.id,
        variables.RUNTIME: config.runtime,
        variables.SPOOL: str(layout.spool),
        variables.ATTEMPT: config.attempt_id,
        variables.RANK: str(rank),
    }


def expand(words: Sequence[str], environment: Mapping[str, str]) -> List[str]:
    """Replace ``$NAME`` and ``${NAME}`` by the values on this node; unknown names stay as they are.

    Names of data may hold ``-`` and ``.``; ``$NAME-x`` is the value of ``NAME-x`` if there is one, else that of
    ``NAME`` and ``-x``.
    """
    return [_REFERENCE.sub(lambda match: _value(match, environment), word) for word in words]


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    if match.group(2):
        return environment.get(match.group(2), match.group(0))
    name = match.group(1)
    while name:
        if name in environment:
            return environment[name] + match.group(1)[len(name) :]
        name = name[: max(name.rfind("-"), name.rfind("."), 0)]
    return match.group(0)


def _joined(parts: Sequence[str]) -> str:
    return os.pathsep.join(part for part in parts if part)
