"""From what a user wrote to a RunSpec: every check that needs no server, everything frozen.

Follows: azureml.core.script_run_config (1.11, 1.62). v1 did not check the folder and the script; we do, before
anything is queued.
"""

from __future__ import annotations

import os
from copy import copy
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.errors import BadFileName, BadValue, ComesLater, SourceMissing
from trainshed.contract.frozen import replace
from trainshed.contract.names import check_file_name
from trainshed.contract.spec import (
    TARGET_TYPE,
    CommandSpec,
    EnvironmentSpec,
    HistorySpec,
    LimitsSpec,
    RunSpec,
    SourceSpec,
)
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.compile_environment import LOCAL, compile_environment, texts_by_name
from trainshed.sdk.compile_inputs import Taken, check_places, described, take_inputs
from trainshed.sdk.compile_target import resuming, settle_target
from trainshed.sdk.configuration.checks import check_sections
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig, get_run_config_from_script_run
from trainshed.sdk.configuration.sections import HistoryConfiguration
from trainshed.sdk.notices import warn_once

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace

DEFAULT_SCRIPT = "train.py"
RUN_TYPE = "azureml.scriptrun"
#: v1's words, in any case; what is installed is the environment's affair.
_FRAMEWORKS = frozenset({"python", "tensorflow", "pytorch", "cntk", "chainer"})
_SHELL_WORDS = frozenset({"&&", "||", ";", "|", ">", ">>", "<", "2>", "2>&1", "&"})


class Compiled(NamedTuple):
    """A run that is ready but for its snapshot. ``root``: the source folder, absolute."""

    root: str
    spec: RunSpec


def compile_run(
    config: ScriptRunConfig,
    tags: Optional[Mapping[str, Any]] = None,
    workspace: Optional[Workspace] = None,
    inputs: Sequence[Any] = (),
) -> Compiled:
    """Check a ScriptRunConfig and freeze it.

    Args:
        config: read as it is now. Its ``_estimator``, if there is one, is the class of the estimator that made it.
        tags: of the run.
        workspace: of the run; asked when data is among the arguments, and for an environment that the settings put in
            another's place.
        inputs: datasets and references that no argument names.

    Raises:
        Whatever :func:`take_inputs` and :func:`compile_environment` raise.
        SourceMissing: no such folder, no such script, or a script outside the folder; a file of the environment.
        ComesLater: something this release does not do.
        BadValue: a value of a wrong type or form.
    """
    run_config = get_run_config_from_script_run(config)
    root = _root(config.source_directory)
    _refuse_what_comes_later(run_config)
    asked = settle_target(run_config, wants_gpu=config._wants_gpu)
    if config.resume_from is not None:
        run_config.arguments = [*_as_list(run_config.arguments), *resuming(config.resume_from)]
    taken = _take_data(run_config, inputs, workspace)
    command = _command(run_config, root)
    check_places(taken, command.script)
    environment = compile_environment(run_config, root, workspace=workspace, estimator=config._estimator)
    check_sections(run_config)
    spec = RunSpec(
        command=command,
        environment=environment.spec,
        target=run_config.target,
        inputs=taken.inputs,
        outputs=taken.outputs,
        limits=LimitsSpec(max_duration_s=_duration(run_config.max_run_duration_seconds)),
        history=_history(run_config.history),
        variables=texts_by_name("environment_variables", run_config.environment_variables),
        tags=check_tags(tags),
        properties={**_properties(run_config), **environment.properties, **asked},
        definition=_definition(run_config, command, environment.spec, taken),
    )
    return Compiled(root, spec)


def with_snapshot(spec: RunSpec, snapshot_id: str) -> RunSpec:
    """The spec with its source."""
    properties = dict(spec.properties, ContentSnapshotId=snapshot_id)
    return replace(spec, source=SourceSpec(snapshot_id), properties=properties)


def check_tags(tags: Optional[Mapping[str, Any]]) -> Dict[str, Optional[str]]:
    """Tags as texts; BadValue unless they are a dict with texts as keys."""
    if tags is None:
        return {}
    if not isinstance(tags, Mapping):
        raise BadValue(what="tags %r" % (tags,), why="give a dict such as {'stage': 'test'}")
    for key in tags:
        if not isinstance(key, str):
            raise BadValue(what="tags", why="a tag's name is a text, not %r" % (key,))
    return {key: None if value is None else str(value) for key, value in tags.items()}


def check_arguments(arguments: Any) -> Tuple[str, ...]:
    """v1's flat list of texts: numbers and paths become texts, one text is split as a shell would.

    Raises:
        BadValue: an argument that is neither; names its place.
    """
    if arguments is None:
        return ()
    if isinstance(arguments, str):
        import shlex

        try:
            return tuple(shlex.split(arguments))
        except ValueError as error:
            raise BadValue(what="arguments %r" % arguments, why=str(error)) from error
    if not isinstance(arguments, (list, tuple)):
        raise BadValue(what="arguments %r" % (arguments,), why="give a list such as ['--alpha', 0.5]")
    return tuple(_argument(item, number) for number, item in enumerate(arguments))


def _as_list(arguments: Any) -> List[Any]:
    """So that something can be added; one text is split as a shell would."""
    return list(check_arguments(arguments)) if isinstance(arguments, str) else list(arguments or [])


def _argument(item: Any, number: int) -> str:
    text: Any
    if isinstance(item, str):
        text = item
    elif isinstance(item, (int, float)) or _is_number(item):
        text = str(item)
    elif isinstance(item, os.PathLike):
        text = os.fspath(item)
    else:
        why = "an argument is a text, a number or a path, not %s %r" % (type(item).__name__, item)
        raise BadValue(what="arguments[%d]" % number, why=why)
    if not isinstance(text, str) or "\0" in text:
        raise BadValue(what="arguments[%d]" % number, why="%r cannot be an argument of a process" % (item,))
    return text


def _is_number(item: Any) -> bool:
    """A numpy scalar, without importing numpy."""
    return hasattr(item, "dtype") and getattr(item, "shape", None) == () and hasattr(item, "item")


def _root(source_directory: Any) -> str:
    if source_directory is None:
        return os.getcwd()
    if not isinstance(source_directory, (str, os.PathLike)):
        raise BadValue(what="source_directory %r" % (source_directory,), why="give the path of a folder")
    given = os.fspath(source_directory)
    root = os.path.abspath(os.path.expanduser(given))
    if not os.path.isdir(root):
        why = "is a file, not a folder." if os.path.exists(root) else "does not exist (looked in %s)." % os.getcwd()
        raise SourceMissing(what="Source directory", path=given, why=why)
    return root


def _refuse_what_comes_later(run_config: RunConfiguration) -> None:
    node_count: Any = run_config.node_count
    if isinstance(node_count, bool) or not isinstance(node_count, int) or node_count < 1:
        raise BadValue(what="node_count %r" % (node_count,), why="give a whole number of at least 1")
    if node_count > 1:
        raise ComesLater(what="A run on several nodes (node_count %d)" % node_count, instead="Set node_count = 1.")
    communicator = run_config.communicator
    if communicator not in (None, "", "None"):
        raise ComesLater(
            what="A distributed run (communicator %r)" % communicator,
            instead="Leave communicator and distributed_job_config out.",
        )
    framework = str(run_config.framework or "Python").lower()
    if framework == "pyspark":
        raise ComesLater(what="Framework 'PySpark'", instead="Use framework 'Python'.")
    if framework not in _FRAMEWORKS:
        raise BadValue(what="framework %r" % (run_config.framework,), why="give 'Python', 'TensorFlow' or 'PyTorch'")
    if run_config.datacaches:
        raise ComesLater(what="Data caches (run_config.datacaches)", instead="Give the run a dataset.")
    if run_config.source_directory_data_store:
        warn_once("source_directory_data_store has no effect: the source folder is kept by content.")


def _take_data(run_config: RunConfiguration, inputs: Any, workspace: Optional[Workspace]) -> Taken:
    """Data among the arguments (or the command) becomes text there, and inputs and outputs of the run."""
    where = "command" if run_config.command else "arguments"
    taken = take_inputs(getattr(run_config, where), inputs, run_config, workspace)
    setattr(run_config, where, taken.arguments)
    return taken


def _command(run_config: RunConfiguration, root: str) -> CommandSpec:
    arguments = check_arguments(run_config.arguments)
    if run_config.command:
        if run_config.script or arguments:
            raise BadValue(what="command", why="give either command, or script and arguments")
        return CommandSpec("", (), _command_line(run_config.command))
    return CommandSpec(_script(run_config.script, root), arguments)


def _command_line(command: Any) -> Tuple[str, ...]:
    """v1 handed commands to a shell. A list without shell words is started as it is."""
    if isinstance(command, str):
        return ("/bin/sh", "-c", command)
    words = check_arguments(command)
    if _SHELL_WORDS.isdisjoint(words):
        return words
    return ("/bin/sh", "-c", " ".join(words))


def _script(script: Any, root: str) -> str:
    given = DEFAULT_SCRIPT if script is None else script
    if not isinstance(given, (str, os.PathLike)) or not os.fspath(given):
        raise BadValue(what="script %r" % (script,), why="give the name of a file in the source directory")
    path = os.path.normpath(os.path.join(root, os.path.expanduser(os.fspath(given))))
    if path != root and not path.startswith(root.rstrip(os.sep) + os.sep):
        why = "lies outside the source directory %r. Give a name relative to that folder." % root
        raise SourceMissing(what="Script", path=str(given), why=why)
    if not os.path.isfile(path):
        what = "is not a file in" if os.path.exists(path) else "does not exist in"
        why = "%s the source directory %r. %s" % (what, root, _those_there(path))
        raise SourceMissing(what="Script", path=str(given), why=why.rstrip())
    relative = os.path.relpath(path, root).replace(os.sep, "/")
    return relative


def _those_there(path: str) -> str:
    """The script that was meant, or those that there are."""
    from difflib import get_close_matches

    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        return ""
    scripts = sorted(entry for entry in os.listdir(folder) if entry.endswith(".py"))
    # Without the ending, which all of them have: it would make any two short names alike.
    stem = name[:-3] if name.endswith(".py") else name
    near = get_close_matches(stem, [script[:-3] for script in scripts], 1, cutoff=0.7)
    if near:
        return "Did you mean %r?" % (near[0] + ".py")
    return "Its scripts: %s." % ", ".join(scripts[:10]) if scripts else ""


def _duration(seconds: Any) -> Optional[float]:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < float("inf"):
        raise BadValue(what="max_run_duration_seconds %r" % (seconds,), why="give a positive number of seconds")
    return float(seconds)


def _history(history: HistoryConfiguration) -> HistorySpec:
    folders = history.directories_to_watch or []
    if not isinstance(folders, (list, tuple)):
        raise BadValue(what="history.directories_to_watch %r" % (folders,), why="give a list of folders")
    try:
        names = tuple(check_file_name(folder) for folder in folders)
    except BadFileName as error:
        raise BadValue(what="history.directories_to_watch", why=error.message) from error
    return HistorySpec(bool(history.output_collection), names, bool(history.snapshot_project))


def _properties(run_config: RunConfiguration) -> Dict[str, str]:
    properties = {
        "azureml.runsource": "experiment",
    }
    kind = run_config._target_type or (LOCAL if run_config.target == LOCAL else None)
    if kind:
        properties[TARGET_TYPE] = str(kind).lower()
    return properties


def _definition(
    run_config: RunConfiguration, command: CommandSpec, environment: EnvironmentSpec, taken: Taken
) -> Dict[str, Any]:
    """v1's run definition, as ``get_details()['runDefinition']`` shows it; only what JSON can say, no secret."""
    shown = copy(run_config)
    shown.data, shown.data_references, shown.output_data = {}, {}, {}
    data = shown.to_dict()
    data.update(described(taken))
    data["script"] = command.script or None
    data["command"] = run_config.command if isinstance(run_config.command, str) else " ".join(command.command)
    data["arguments"] = list(command.arguments)
    data["environment"] = dict(environment.definition)
    data["useAbsolutePath"] = False
    return data
