"""An environment for a run: known, from its lock, or resolved and built now."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.errors import Coded
from trainshed.contract.frozen import dataclass
from trainshed.contract.layout import EnvironmentsLayout, HomeLayout, NodeLayout
from trainshed.contract.packages.naming import known_names
from trainshed.contract.packages.translating import translate
from trainshed.contract.spec import EnvironmentSpec, PackagesSpec
from trainshed.node import disk
from trainshed.node.environments import choosing, index_credentials, pythons, uv
from trainshed.node.environments.advice import Adviser, similar_names, taken_as_same
from trainshed.node.environments.building import build
from trainshed.node.environments.bytecode import compile_later
from trainshed.node.environments.choosing import NoPython, Try
from trainshed.node.environments.options import sort as sort_options
from trainshed.node.environments.pythons import Python, Pythons
from trainshed.node.environments.request import Request, environment_name
from trainshed.node.environments.resolving import count, resolve
from trainshed.node.environments.store import Answer, Built, Store
from trainshed.node.environments.trouble import CannotBuild
from trainshed.node.environments.uv import Pause, Settings, Uv

#: What an old program's author would paste: the day that v1's first examples were written.
_EXAMPLE_DAY = "2020-08-27"


class Unavailable(Exception):
    """There is no such environment, and there won't be one; the text tells people why, and what to do."""


@dataclass(frozen=True)
class Node:
    """What the agent lends: who asks, where it says things, how it waits.

    Args:
        say: into ``20_image_build_log.txt``.
        fetch: the content of that sha256 into a new file.
    """

    layout: NodeLayout
    attempt: str
    say: Callable[[str], None]
    pause: Pause
    check: Callable[[], None]
    fetch: Callable[[str, str], None]


class Environments:
    """Environments of one node, for one run.

    Args:
        inherited: what training takes over.
        building: pip's and uv's variables, and the like.
        program: uv's path; None: looked for.
    """

    def __init__(
        self,
        layout: EnvironmentsLayout,
        node: Node,
        inherited: Mapping[str, str],
        building: Mapping[str, str],
        program: Optional[str],
    ) -> None:
        self._layout = layout
        self._node = node
        self._inherited = inherited
        self._building = building
        self._program = program
        self._store = Store(layout, node.layout, node.attempt, node.pause, node.say)
        self._pythons = Pythons(str(layout.pythons), {**inherited, **building}, node.check)
        self._built: Optional[Built] = None

    def provide(self, spec: EnvironmentSpec) -> Built:
        """The environment that a spec asks for, built if need be, and on record as used by this node.

        Raises:
            Unavailable: it can't be had.
        """
        os.makedirs(str(self._layout.root), mode=0o755, exist_ok=True)
        asked = self._asked(spec)
        built = self._known(asked) or self._from_lock(asked) or self._resolved(asked)
        self._built = built
        shutil.copyfile(str(self._layout.environment(built.name).locked), str(self._node.layout.environment_lock))
        compile_later(HomeLayout(self._layout.root.parent), built, self._inherited)
        return built

    def properties(self, built: Built) -> Dict[str, str]:
        """For the run."""
        return {
            "trainshed.environment": built.name,
            "trainshed.environment.python": built.facts.python,
            "trainshed.environment.lock": "azureml-logs/" + os.path.basename(str(self._node.layout.environment_lock)),
        }

    def release(self) -> None:
        """The run has ended."""
        if self._built is not None:
            self._store.release(self._built.name)

    # --- what is asked for

    def _asked(self, spec: EnvironmentSpec) -> _Asked:
        packages = spec.packages or PackagesSpec()
        home = HomeLayout(self._layout.root.parent)
        given = {**self._inherited, **self._building}
        try:
            wanted = translate(packages)
            secrets = index_credentials.variables(home, given)
        except Coded as error:
            raise Unavailable(error.message) from error
        for note in wanted.notes:
            self._node.say(note)
        sorted_options = sort_options(wanted.options)
        for name in sorted_options.ignored:
            self._node.say("the option %s of pip has no meaning here and is left out" % name)
        prefix = os.path.dirname(os.path.dirname(spec.interpreter)) if os.path.isabs(spec.interpreter) else ""
        settings = uv.settings(self._inherited, {**self._building, **sorted_options.variables, **secrets}, prefix)
        wheels = ["file://%s" % self._wheel(wheel.sha256, wheel.file_name) for wheel in wanted.wheels]
        request = Request(
            requirements=(*wanted.requirements, *wheels),
            python=packages.python,
            current=self._current(spec.interpreter),
            as_of=packages.as_of,
            options=sorted_options.lines,
            constraints=packages.constraints,
            sources=tuple(settings.facts),
        )
        return _Asked(spec.name, request, settings, wanted.assumed)

    def _current(self, interpreter: str) -> Python:
        """The Python that submits, if it is on this node; else the one that this agent runs on."""
        for path in (interpreter, sys.executable):
            python = self._pythons.at(path) if os.path.isabs(path) else None
            if python is not None and python.minor >= pythons.OLDEST:
                return python
        raise Unavailable("There is no Python 3.8 or newer on this node (%s)." % os.uname().nodename)

    def _wheel(self, sha256: str, file_name: str) -> str:
        folder = os.path.join(str(self._layout.files), sha256)
        path = os.path.join(folder, file_name)
        if not os.path.exists(path):
            os.makedirs(folder, mode=0o755, exist_ok=True)
            own = "%s.%s.new" % (path, self._node.attempt)
            self._node.fetch(sha256, own)
            os.rename(own, path)
        return path

    # --- from what is known

    def _known(self, asked: _Asked) -> Optional[Built]:
        answer = self._store.answer(asked.request.key)
        built = self._store.use(answer.environment) if answer is not None else None
        if built is not None:
            self._node.say(
                "environment %s (Python %s), built at %s, is used as it is"
                % (built.name, built.facts.python, built.facts.built_at)
            )
        return built

    def _from_lock(self, asked: _Asked) -> Optional[Built]:
        """Resolved before; the build is gone, or not as it was."""
        answer = self._store.answer(asked.request.key)
        base = None if answer is None else _python_of(self._store, answer.environment)
        python = self._pythons.at(base) if base is not None else None
        if answer is None or python is None:
            return None
        if environment_name(self._store.lock_text(answer.environment), python) != answer.environment:
            return None  # another Python lies there now
        try:
            return self._build(asked, answer.environment, python)
        except CannotBuild as error:
            raise Unavailable(self._failure(asked, error, error.words, [])) from error

    def _build(
        self, asked: _Asked, name: str, python: Python, lock: Optional[str] = None, *, resolved_now: bool = False
    ) -> Built:
        with self._store.holding(name):
            if lock is not None:
                self._store.keep_lock(name, lock, python)
            built = self._store.use_locked(name)  # another run may have built it meanwhile
            if built is None:
                self._node.say("building environment %s with Python %s" % (name, python.version))
                mark = str(self._layout.lock(name))
                worker = self._uv(asked.settings, mark)
                options = asked.request.options
                built = build(worker, self._store, name, python, options, resolved_now=resolved_now)
                self._node.say("environment %s was built in %.1f s" % (name, built.facts.took_s))
        return built

    def _uv(self, settings: Settings, mark: str) -> Uv:
        path = settings.variables.get("PATH")
        program = (
            self._program if self._program and os.access(self._program, os.X_OK) else shutil.which("uv", path=path)
        )
        if program is None:
            raise Unavailable(
                "Environments are built by uv, which is neither beside Trainshed's server nor on this node's PATH "
                "(%s). Install it where Trainshed is: pip install uv" % path
            )
        return Uv(program, settings, mark, self._node.say, self._node.pause)

    # --- anew

    def _resolved(self, asked: _Asked) -> Built:
        key = asked.request.key
        with self._store.holding(key):
            known = self._known(asked)  # another run may have resolved the same meanwhile
            if known is not None:
                return known
            folder = str(self._layout.work / key)
            worker = self._uv(asked.settings, str(self._layout.lock(key)))
            worker.end_orphans()
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder, mode=0o755)
            try:
                built = _Tries(self, asked, worker, folder).built()
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            self._store.remember(key, Answer(built.name))
            return built

    def _failure(self, asked: _Asked, error: CannotBuild, words: str, advice: Sequence[str]) -> str:
        """What people read: why, what would do, and the settings to paste where they may help."""
        parts = ["Environment %s could not be built." % _named(asked), "uv says: %s" % words]
        if advice:
            text = "What would do: " + "; ".join(advice)
            parts.append(text if text.endswith("?") else text + ".")
        if error.is_killed:
            parts.append(
                "It was killed, most likely because memory ran short on this node (%s). Nothing is wrong with what was "
                "asked for: submit again when more memory is free." % os.uname().nodename
            )
        elif error.is_network:
            parts.append(
                "No answer from where packages come from. pip's settings are used here too: pip.conf, PIP_INDEX_URL, "
                "PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS, PIP_CERT, PIP_TRUSTED_HOST."
            )
        else:
            parts += _settings_to_paste(asked, error)
        return "\n".join(parts)


@dataclass(frozen=True)
class _Asked:
    name: Optional[str]
    request: Request
    settings: Settings
    assumed: Tuple[str, ...] = ()  # conda names taken to be the same on PyPI


class _Tries:
    """One Python after the other, until one takes the packages."""

    def __init__(self, environments: Environments, asked: _Asked, worker: Uv, folder: str) -> None:
        self._environments = environments
        self._node = environments._node
        self._asked = asked
        self._worker = worker
        self._folder = folder
        self._failures: List[Tuple[Try, CannotBuild]] = []
        self._offline = False

    def built(self) -> Built:
        """What the first Python that will do makes of the request; Unavailable when none does."""
        request = self._asked.request
        try:
            sure = choosing.first(request.python, request.as_of, request.current, self._obtainable)
        except NoPython:
            sure = [self._fetched(request.python)]
        built = self._first_of(sure)
        if built is None and self._may_try_others():
            built = self._first_of(choosing.others(request.current, self._obtainable()))
        if built is None:
            raise self._unavailable()
        return built

    def _first_of(self, tries: Iterable[Try]) -> Optional[Built]:
        for one in tries:
            if one.why:
                self._node.say("%s: trying Python %s%s" % (one.why, one.python.version, _how(one)))
            try:
                return self._try(one)
            except CannotBuild as error:
                self._failures.append((one, error))
                if error.is_network or error.is_killed or not (one.wheels_only or error.is_for_lack_of_python):
                    break
        return None

    def _try(self, one: Try) -> Built:
        lock = self._lock(one)
        name = environment_name(lock, one.python)
        self._node.say("%d packages, lock %s" % (count(lock), name))
        return self._environments._build(self._asked, name, one.python, lock, resolved_now=not self._offline)

    def _lock(self, one: Try) -> str:
        request = self._asked.request
        try:
            return resolve(self._worker, request, one.python, self._folder, wheels_only=one.wheels_only)
        except CannotBuild as error:
            if not error.is_network:
                raise
            self._node.say("no answer from where packages come from: looking at what uv has here")
            self._offline = True
            try:
                return resolve(self._worker, request, one.python, self._folder, offline=True, quietly=True)
            except CannotBuild:
                raise error from None

    def _may_try_others(self) -> bool:
        request = self._asked.request
        return (
            choosing.is_unpinned(request.python)
            and not request.as_of
            and all(error.is_for_lack_of_python for _, error in self._failures)
        )

    def _obtainable(self) -> List[Python]:
        return self._environments._pythons.obtainable()

    def _fetched(self, wanted: str) -> Try:
        """A Python that uv brings."""
        folder = str(self._environments._layout.work)
        words = ""
        try:
            self._node.say("no Python %s is here: asking uv to fetch it" % wanted)
            self._worker.run("python", "install", "--no-bin", wanted, cwd=folder)
            fits = choosing.condition(wanted)
            found = [python for python in self._obtainable() if fits(python.numbers)]
            if found:
                return Try(found[0])
        except CannotBuild as error:
            words = "\nuv says: %s" % error.words
        except NoPython:
            words = " That is no version."
        raise Unavailable(
            "Python %s, which environment %s asks for, is not on this node (there are: %s) and can't be fetched.%s\n"
            "Ask for one that is there, or install it where it is found: on PATH, by pyenv or by uv."
            % (wanted, _named(self._asked), pythons.said(self._obtainable()), words)
        )

    def _unavailable(self) -> Unavailable:
        first, error = self._failures[0]
        advice: List[str] = []
        if not (error.is_network or error.is_killed):
            advice = similar_names(error.words, known_names()) + taken_as_same(error.words, self._asked.assumed)
            for python in {one.python.minor: one.python for one, _ in self._failures}.values():
                if not advice:
                    advice += Adviser(self._worker, self._asked.request, python, self._folder).nearest(error.words)
        words = error.words
        rest = sorted({one.python for one, _ in self._failures[1:]} - {first.python}, key=lambda python: python.numbers)
        if rest:
            words += "\n(with Python %s; tried with no better luck: %s)" % (first.python.version, pythons.said(rest))
        return Unavailable(self._environments._failure(self._asked, error, words, advice))


def _named(asked: _Asked) -> str:
    return repr(asked.name) if asked.name else "(without a name)"


def _settings_to_paste(asked: _Asked, error: CannotBuild) -> List[str]:
    override = "  export TRAINSHED_OVERRIDES='%s=%s'   # use this interpreter instead" % (
        asked.name or "*",
        asked.request.current.path,
    )
    if error.is_unknown_name:
        return ["A setting may help, where an interpreter has it already; set it in the shell that submits:", override]
    day = "  export TRAINSHED_AS_OF=%s   # resolve as of that day, with the oldest Python" % _EXAMPLE_DAY
    return ["Two settings may help; set one in the shell that submits:", day, override]


def _how(one: Try) -> str:
    return ", without building anything" if one.wheels_only else ""


def _python_of(store: Store, name: str) -> Optional[str]:
    base = disk.read_record(store.layout.environment(name).base, Python)
    return None if base is None else base.path
