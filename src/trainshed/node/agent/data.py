"""The run's data, brought and delivered by a thread of its own: a cancel need not wait for a disk or a web server.

What brings and delivers is loaded when a run has data.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Generic, List, Mapping, Optional, Tuple, TypeVar

from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig, Mount
from trainshed.node.agent.joblog import POST, PREPARATION, JobLogs
from trainshed.node.agent.trouble import CannotPrepare
from trainshed.node.inputs.trouble import DataTrouble

if TYPE_CHECKING:
    from trainshed.node.inputs.hands import Hands

T = TypeVar("T")
#: What a script can't do without; an input of that name is found under its other names.
_NEVER = frozenset({"PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUNBUFFERED", "LD_LIBRARY_PATH", "LD_PRELOAD", "IFS"})
_LONG_S = 3600.0
_STOP_PATIENCE_S = 0.5


class Data:
    """Inputs and outputs of one node of one attempt. Runs without any cost nothing.

    Args:
        pause: waits so many seconds, or raises when the run is cancelled or given up meanwhile; ends early when
            ``wake`` is called.
        warn: tells people that something holds the run up.
    """

    def __init__(
        self,
        config: AgentConfig,
        layout: NodeLayout,
        joblogs: JobLogs,
        pause: Callable[[float], None],
        wake: Callable[[Any], None],
        warn: Callable[[str], None],
    ) -> None:
        self._config = config
        self._layout = layout
        self._joblogs = joblogs
        self._pause = pause
        self._wake = wake
        self._warn = warn
        self._may_mount: Optional[bool] = None
        self._paths: Mapping[str, str] = {}
        #: For the shims.
        self.mounts: Tuple[Mount, ...] = ()

    @property
    def has_outputs(self) -> bool:
        """Whether anything is to be delivered."""
        return any(output.target is not None for output in self._config.spec.outputs)

    def ask_ahead(self) -> None:
        """Find out what the system allows; to be called while the process has one thread."""
        if any(item.mode == "mount" for item in self._config.spec.inputs):
            from trainshed.node import namespaces

            self._may_mount = namespaces.may_mount(str(self._layout.root))

    def bring(self) -> None:
        """Put everything in place.

        Raises:
            CannotPrepare: the run can't start without.
        """
        if not self._config.spec.inputs and not self._config.spec.outputs:
            return
        from trainshed.node.inputs.bringing import bring

        try:
            brought = self._aside(lambda hands: bring(hands, self._config.attempt_id), PREPARATION, self._pause)
        except DataTrouble as trouble:
            raise CannotPrepare(str(trouble)) from trouble
        except OSError as error:
            raise CannotPrepare("The run's data could not be brought to the node: %s" % error) from error
        self._paths, self.mounts = brought.paths, brought.mounts

    def deliver(self, pause: Callable[[float], None]) -> None:
        """Copy what the script wrote for others.

        Args:
            pause: as in the constructor, but for the end of a run.

        Raises:
            DataTrouble: not all of it could be copied.
        """
        from trainshed.node.inputs.delivery import deliver

        try:
            self._aside(lambda hands: deliver(hands, self._config.attempt_id), POST, pause)
        except OSError as error:
            raise DataTrouble("The run's output could not be copied: %s" % error) from error

    def variables(self, made: Mapping[str, str]) -> Dict[str, str]:
        """What the script is told by its environment. ``made``: what is in it already, and stays."""
        if not self._paths:
            return {}
        from trainshed.node.inputs.bringing import data_variables

        found = data_variables(self._config.spec, self._paths)
        chosen = _chosen(self._config)
        kept = [name for name in found if name in _NEVER or (name in made and name not in chosen)]
        for name in kept:
            self._joblogs.say(PREPARATION, "$%s keeps its meaning, and names no data" % name)
        return {name: value for name, value in found.items() if name not in kept}

    def _aside(self, work: Callable[[Hands], T], log: str, pause: Callable[[float], None]) -> T:
        """Do it in a thread; whatever ends the waiting ends the work."""
        worker = _Worker(lambda: work(hands), self._wake)
        hands = self._hands(worker, log)
        worker.start()
        try:
            while not worker.done.is_set():
                pause(_LONG_S)
        except BaseException:
            worker.stop()
            raise
        return worker.result()

    def _hands(self, worker: _Worker[Any], log: str) -> Hands:
        from trainshed.node.inputs.hands import Hands

        config = self._config
        return Hands(
            spec=config.spec,
            layout=self._layout,
            home=HomeLayout(Path(config.runtime).parent.parent),
            environ={**config.inherited, **_chosen(config)},
            may_mount=bool(self._may_mount),
            say=lambda words: self._joblogs.say(log, words),
            check=worker.check,
            pause=worker.pause,
            warn=self._warn,
        )


def _chosen(config: AgentConfig) -> Dict[str, str]:
    """The variables that the user asked for."""
    return {**config.spec.environment.variables, **config.spec.variables}


class _Stopped(Exception):
    """Nobody waits for the work any more."""


class _Worker(Generic[T]):
    """A thread with one piece of work. ``wake`` is called when it is done."""

    def __init__(self, work: Callable[[], T], wake: Callable[[Any], None]) -> None:
        self.done = threading.Event()
        self._stopped = threading.Event()
        self._work = work
        self._wake = wake
        self._result: List[T] = []
        self._error: Optional[BaseException] = None

    def start(self) -> None:
        threading.Thread(target=self._run, name="data", daemon=True).start()

    def stop(self) -> None:
        """Have it end at its next check; it may stand still in the kernel, on a dead disk for example."""
        self._stopped.set()
        self.done.wait(_STOP_PATIENCE_S)

    def check(self) -> None:
        if self._stopped.is_set():
            raise _Stopped

    def pause(self, seconds: float) -> None:
        self._stopped.wait(seconds)
        self.check()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001  handed to whoever waits for the result
            self._error = error
        finally:
            self.done.set()
            self._wake(self)
