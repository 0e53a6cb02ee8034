"""Node folders whose environments are built by real agents and a real uv, from an index that the test made."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

import uv

from tests.node.nodes import Node, make_node
from tests.node.server import MiniServer
from tests.support.processes import MARK
from trainshed.contract.layout import EnvironmentLayout, EnvironmentsLayout, HomeLayout
from trainshed.contract.records import RunError
from trainshed.contract.spec import EnvironmentSpec, PackagesSpec
from trainshed.contract.wire import dumps

SHOW = """
import json, os, sys
import azureml.core
from azureml.core import Run
found = {'prefix': sys.prefix, 'version': '%d.%d.%d' % sys.version_info[:3], 'azureml': azureml.core.__file__,
         'path': os.environ['PATH'].split(':')[0], 'environ': dict(os.environ), 'sys.path': sys.path}
for name in sys.argv[1:]:
    try:
        found[name] = __import__(name).VERSION
    except ImportError:
        found[name] = None
json.dump(found, open('outputs/shown.json', 'w'))
"""
BUILD_LOG = "20_image_build_log.txt"


class Workshop:
    """A home, a server, and an index (a folder of wheels) that uv looks into instead of the network."""

    def __init__(self, home: Path, server: MiniServer, index: Path) -> None:
        self.home = home
        self.server = server
        self.index = index
        index.mkdir(exist_ok=True)
        self.building: Dict[str, str] = {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(index),
            "UV_CACHE_DIR": str(home / "uv-cache"),
            "PATH": os.environ["PATH"],
        }
        self.layout: EnvironmentsLayout = HomeLayout(home).environments
        self._count = 0

    def node(
        self,
        *pip: str,
        script: str = SHOW,
        arguments: Sequence[str] = (),
        python: str = "",
        building: Mapping[str, str] | None = None,
        packages: Mapping[str, Any] | None = None,
        name: str = "mine",
        program: str | None = "",
    ) -> Node:
        """A run that asks for these packages; not started yet."""
        self._count += 1
        made = make_node(self.home, self.server, script, arguments=tuple(arguments), run_id=f"run_{self._count}")
        wanted = PackagesSpec(python=python, pip=tuple(pip), **(packages or {}))
        interpreter = made.config.spec.environment.interpreter
        environment = EnvironmentSpec(kind="packages", name=name, interpreter=interpreter, packages=wanted)
        config = dataclasses.replace(
            made.config,
            spec=dataclasses.replace(made.config.spec, environment=environment),
            uv=uv.find_uv_bin() if program == "" else program,
            building={**self.building, **(building or {})},
            inherited={name: os.environ[name] for name in ("HOME", "LANG", MARK) if name in os.environ},
        )
        made.config = config
        made.layout.agent.write_bytes(dumps(config))
        return made

    def completed(self, *pip: str, **more: Any) -> Dict[str, Any]:
        """Run the showing script in such an environment; what it found."""
        import json

        node = self.node(*pip, **more)
        self.run(node)
        assert self.server.status == "Completed", (self.server.driver_log, self.log, node.agent_log)
        shown: Dict[str, Any] = json.loads(self.server.content("outputs/shown.json"))
        return shown

    def failed(self, *pip: str, **more: Any) -> RunError:
        """Such a run, which can't be prepared."""
        self.run(self.node(*pip, **more))
        report = self.server.records.report
        assert report is not None and report.error is not None, self.server.log(BUILD_LOG)
        assert report.error.code == "prepare" and "Starting" not in self.server.phases
        return report.error

    def run(self, node: Node) -> None:
        """To its end. The small server knows one attempt at a time."""
        self.forget()
        node.start_agent()
        node.wait_until_done(120)

    def forget(self) -> None:
        """What the server heard of the run before."""
        records = self.server.records
        records.report = None
        for known in (records.streams, records.kinds, records.durable, records.files):
            known.clear()

    @property
    def log(self) -> str:
        return self.server.log(BUILD_LOG)

    def environments(self) -> List[EnvironmentLayout]:
        """All that have a lock."""
        return [self.layout.environment(path.parent.name) for path in self.layout.root.glob("*/lock.txt")]

    def environment(self) -> EnvironmentLayout:
        (only,) = self.environments()
        return only

    def builds(self) -> List[str]:
        """Whole builds, as names within the environments folder."""
        found = self.layout.root.glob("*/*/complete.json")
        return sorted(str(path.parent.relative_to(self.layout.root)) for path in found)
