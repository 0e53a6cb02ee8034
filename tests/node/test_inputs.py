"""Inputs of a run become paths that its script can read."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

import pytest

from tests.node import confined
from tests.node.nodes import Node, make_node, python_argv
from tests.node.server import MiniServer
from tests.support.processes import MARK
from tests.support.rights import needs_namespaces, needs_root
from tests.support.waiting import wait_until
from tests.support.web import Web
from trainshed.contract.layout import HomeLayout
from trainshed.contract.records import RunError
from trainshed.contract.spec import DataInput, DataOutput, DataPath, DataStep
from trainshed.contract.wire import dumps
from trainshed.node import processes

# For each path given: what it is, what is in it (links followed), what a write to each file and to the folder says.
LOOK = """
import errno, json, os, sys
def tried(call):
    try:
        call()
        return 'done'
    except OSError as error:
        return errno.errorcode[error.errno]
seen = {}
for path in sys.argv[1:]:
    one = {'absolute': os.path.isabs(path), 'link': os.path.islink(path), 'files': {}, 'writes': []}
    if os.path.isdir(path):
        for folder, _, names in os.walk(path, followlinks=True):
            for name in set(names) - {'new'}:
                file = os.path.join(folder, name)
                one['files'][os.path.relpath(file, path)] = open(file, encoding='utf-8').read()
                one['writes'].append(tried(lambda: open(file, 'a')))
        one['new'] = tried(lambda: open(os.path.join(path, 'new'), 'w'))
    elif os.path.exists(path):
        one['text'] = open(path, encoding='utf-8').read()
        one['name'] = os.path.basename(path)
        one['writes'].append(tried(lambda: open(path, 'a')))
    one['writes'] = sorted(set(one['writes']))
    seen[path] = one
json.dump({'paths': list(seen.values()), 'given': sys.argv[1:], 'environ': dict(os.environ)},
          open('outputs/seen.json', 'w'))
"""
NAMESPACES = needs_namespaces()


@pytest.fixture
def data(home: Path) -> Path:
    folder = home / "my data ä"
    for name in ("a.txt", "b.csv", "sub/c.txt", "sub/deep/d.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def paths(*roots: object, pattern: str = "") -> tuple[DataPath, ...]:
    return tuple(DataPath("folder", str(root), pattern) for root in roots)


def with_data(node: Node, *items: object) -> Node:
    """The same node, whose run has these inputs and outputs, and gets their paths as arguments."""
    inputs = tuple(item for item in items if isinstance(item, DataInput))
    outputs = tuple(item for item in items if isinstance(item, DataOutput))
    named = [f"$AZUREML_DATAREFERENCE_{item.name}" for item in (*inputs, *outputs)]
    command = node.config.spec.command
    if not command.arguments:
        command = dataclasses.replace(command, arguments=tuple(named))
    spec = dataclasses.replace(node.config.spec, inputs=inputs, outputs=outputs, command=command)
    node.config = dataclasses.replace(node.config, spec=spec)
    node.layout.agent.write_bytes(dumps(node.config))
    return node


def start(node: Node, namespaces: Optional[bool] = None) -> None:
    """``namespaces``: whether the agent is an ordinary user's who may have them; None: ours."""
    if namespaces is None:
        node.start_agent()
        return
    argv = confined.as_user(python_argv("agent", str(node.layout.root)), namespaces=namespaces)
    with open(node.layout.agent_log, "ab") as log:
        node.agents.append(
            subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        )


def look(node: Node, namespaces: Optional[bool] = None) -> Dict[str, Any]:
    start(node, namespaces)
    node.wait_until_done(60)
    assert node.server.status == "Completed", (node.server.driver_log, node.server.records.report, prepared(node))
    assert str(node.home) not in Path("/proc/self/mountinfo").read_text()
    answer: Dict[str, Any] = json.loads(node.server.content("outputs/seen.json"))
    return answer


def failed(node: Node) -> RunError:
    node.start_agent()
    node.wait_until_done(60)
    report = node.server.records.report
    assert report is not None and report.error is not None and node.server.status == "Failed"
    assert "Running" not in node.server.phases and report.error.code == "prepare"
    return report.error


def prepared(node: Node) -> str:
    return node.server.log("65_job_prep-node0.txt")


def texts(*names: str) -> Dict[str, str]:
    return {name: name for name in names}


ALL = ("a.txt", "b.csv", "sub/c.txt", "sub/deep/d.txt")


# --- mounts


def test_a_folder_is_mounted_read_only(home: Path, server: MiniServer, data: Path) -> None:
    item = DataInput("mnist", "mount", paths(data), variables=("mnist", "MNIST"))
    node = with_data(make_node(home, server, LOOK), item)
    seen = look(node)
    (one,) = seen["paths"]
    assert one["files"] == texts(*ALL) and one["absolute"] and not one["link"]
    assert one["writes"] == ["EROFS"] and one["new"] == "EROFS"
    assert seen["environ"]["mnist"] == seen["environ"]["MNIST"] == seen["given"][0]
    assert f"input mnist: mount: {seen['given'][0]}: {data}, mounted read-only" in prepared(node)
    assert not any(path.is_file() for path in node.layout.mounted.rglob("*"))


@NAMESPACES
def test_an_ordinary_user_gets_a_mount(home: Path, server: MiniServer, data: Path) -> None:
    node = with_data(make_node(home, server, LOOK), DataInput("mnist", "mount", paths(data)))
    (one,) = look(node, namespaces=True)["paths"]
    assert one["files"] == texts(*ALL) and one["writes"] == ["EROFS"] and one["new"] == "EROFS"


@NAMESPACES
@pytest.mark.parametrize("pattern", ["", "**/*.txt", "sub/c.txt"])
def test_who_may_not_mount_gets_links(home: Path, server: MiniServer, data: Path, pattern: str) -> None:
    items = [DataInput(name, "mount", paths(data, pattern=pattern)) for name in ("one", "two")]
    node = with_data(make_node(home, server, LOOK), *items)
    seen = look(node, namespaces=False)
    expected = {"": texts(*ALL), "**/*.txt": texts("a.txt", "sub/c.txt", "sub/deep/d.txt"), "sub/c.txt": {}}
    assert [one["files"] for one in seen["paths"]] == [expected[pattern]] * 2
    assert [one.get("name") for one in seen["paths"]] == [("c.txt" if pattern == "sub/c.txt" else None)] * 2
    assert prepared(node).count("may not have mount namespaces") == 1
    assert not node.layout.mounted.exists() and (data / "sub" / "c.txt").read_text() == "sub/c.txt"


def test_a_single_file_is_handed_itself(home: Path, server: MiniServer, data: Path) -> None:
    node = with_data(make_node(home, server, LOOK), DataInput("one", "mount", paths(data, pattern="sub/c.txt")))
    (one,) = look(node)["paths"]
    assert (one["name"], one["text"], one["writes"]) == ("c.txt", "sub/c.txt", ["EROFS"])


def test_a_pattern_is_a_folder_of_links(home: Path, server: MiniServer, data: Path) -> None:
    node = with_data(make_node(home, server, LOOK), DataInput("txt", "mount", paths(data, pattern="**/*.txt")))
    (one,) = look(node)["paths"]
    assert one["files"] == texts("a.txt", "sub/c.txt", "sub/deep/d.txt")
    assert one["writes"] == ["EROFS"] and one["new"] == "EROFS"
    size = sum(map(len, one["files"]))
    assert f"3 files, {size} bytes, as read-only links, in " in prepared(node)


def test_several_paths_and_steps(home: Path, server: MiniServer, data: Path) -> None:
    both = (*paths(data / "sub"), *paths(data, pattern="a.txt"))
    items = [
        DataInput("both", "mount", both),
        DataInput("taken", "mount", both, steps=(DataStep("skip", 1), DataStep("take", 1))),
    ]
    seen = look(with_data(make_node(home, server, LOOK), *items))["paths"]
    assert sorted(seen[0]["files"].values()) == ["a.txt", "sub/c.txt", "sub/deep/d.txt"]
    assert list(seen[1]["files"].values()) == ["sub/deep/d.txt"] and seen[1]["writes"] == ["EROFS"]


@pytest.mark.parametrize("pattern", ["", "*"])
def test_links_in_the_data_lead_where_they_lead(home: Path, server: MiniServer, data: Path, pattern: str) -> None:
    """Also those that leave the folder, as in a cache of contents; and nobody writes through them."""
    blobs = home / "blobs"
    blobs.mkdir()
    (blobs / "0815").write_text("content")
    (data / "relative").symlink_to("../blobs/0815")
    if pattern:
        (data / "absolute").symlink_to(blobs / "0815")
    node = with_data(make_node(home, server, LOOK), DataInput("mnist", "mount", paths(data, pattern=pattern)))
    (one,) = look(node)["paths"]
    assert one["files"]["relative"] == one["files"].get("absolute", "content") == "content"
    assert one["writes"] == ["EROFS"] and (blobs / "0815").read_text() == "content"


@pytest.mark.parametrize("given", ["data/mnist", "{home}/elsewhere/mnist"])
@pytest.mark.parametrize("pattern", ["", "**/*.txt"])
def test_where_the_script_expects_it(home: Path, server: MiniServer, data: Path, given: str, pattern: str) -> None:
    given = given.format(home=home)
    script = LOOK.replace("sys.argv[1:]:", f"[{given!r}]:")
    item = DataInput("mnist", "mount", paths(data, pattern=pattern), path_on_compute=given)
    # What the snapshot has there is hidden, as a mount hides it.
    node = with_data(make_node(home, server, script, files={"data/mnist/old.txt": b"old"}), item)
    seen = look(node)
    (one,) = seen["paths"]
    assert one["files"] == (texts("a.txt", "sub/c.txt", "sub/deep/d.txt") if pattern else texts(*ALL))
    assert one["writes"] == ["EROFS"] and one["new"] == "EROFS"
    assert seen["given"] == [str(node.layout.code / given)]
    if given.startswith("/"):
        assert list(Path(given).iterdir()) == []


@NAMESPACES
def test_where_the_script_expects_a_link(home: Path, server: MiniServer, data: Path) -> None:
    items = [
        DataInput("one", "mount", paths(data), path_on_compute="data"),
        DataInput("two", "mount", paths(data), path_on_compute=str(home / "elsewhere" / "x")),
    ]
    node = with_data(make_node(home, server, LOOK, files={"data/old.txt": b"old"}), *items)
    assert [one["files"] for one in look(node, namespaces=False)["paths"]] == [texts(*ALL)] * 2


def test_a_reference_to_a_datastore_is_written_to(home: Path, server: MiniServer, data: Path) -> None:
    items = [
        DataInput("here", "mount", paths(data), writable=True),
        DataInput("there", "mount", paths(data), writable=True, path_on_compute=str(home / "there")),
        DataInput("below", "mount", paths(data), writable=True, path_on_compute="below"),
        DataInput("made", "mount", paths(home / "store", pattern="new/folder"), writable=True),
    ]
    script = (
        "import sys\n"
        "for number, path in enumerate(sys.argv[1:]): open(path + '/%d.out' % number, 'w').write('x')\n"
        "open('outputs/seen.json', 'w').write('{}')"
    )
    look(with_data(make_node(home, server, script), *items))
    assert sorted(path.name for path in data.glob("*.out")) == ["0.out", "1.out", "2.out"]
    assert (home / "store" / "new" / "folder" / "3.out").exists()


def test_a_run_without_data_pays_nothing(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, LOOK)
    look(node)
    assert not (node.layout.inputs.exists() or node.layout.mounted.exists() or node.layout.deliveries.exists())


# --- downloads


def test_a_download_is_a_copy(home: Path, server: MiniServer, data: Path) -> None:
    (data / "run.sh").write_text("run.sh")
    (data / "run.sh").chmod(0o500)
    os.mkfifo(data / "a pipe")
    item = DataInput("mnist", "download", paths(data))
    node = with_data(make_node(home, server, LOOK), item)
    (one,) = look(node)["paths"]
    assert one["files"] == texts("run.sh", *ALL) and one["writes"] == ["done"] and one["new"] == "done"
    assert f"input mnist: download: {node.layout.inputs / 'mnist'}: 5 files, 39 bytes, copied, in" in prepared(node)
    assert f"input mnist: {data / 'a pipe'} is no file: left out" in prepared(node)
    assert not (data / "new").exists()


def test_a_single_file_is_downloaded(home: Path, server: MiniServer, data: Path) -> None:
    (data / "big.bin").write_bytes(b"x" * 5_000_000)
    item = DataInput("big", "download", paths(data, pattern="big.bin"), path_on_compute=str(home / "there"))
    node = with_data(make_node(home, server, LOOK), item)
    (one,) = look(node)["paths"]
    assert one["name"] == "big.bin" and len(one["text"]) == 5_000_000
    assert (home / "there" / "big.bin").stat().st_size == 5_000_000


@pytest.mark.parametrize("overwrite", [True, False])
def test_what_is_there_is_replaced_if_it_may_be(home: Path, server: MiniServer, data: Path, overwrite: bool) -> None:
    item = DataInput("mnist", "download", paths(data), path_on_compute="data", overwrite=overwrite)
    node = with_data(make_node(home, server, LOOK, files={"data/a.txt": b"old", "data/own.txt": b"own.txt"}), item)
    if overwrite:
        assert look(node)["paths"][0]["files"] == texts("own.txt", *ALL)
    else:
        message = failed(node).message
        assert str(node.layout.code / "data" / "a.txt") in message and "overwrite=True" in message


def test_a_download_goes_on_after_a_kill(home: Path, server: MiniServer, web: Web, data: Path) -> None:
    """Whole files stay; the one that was on its way comes from where it broke off."""
    urls = [web.put("/one.txt", b"one.txt"), web.put("/two.txt", b"2" * 1_000_000)]
    items = [
        DataInput("local", "download", paths(data)),
        DataInput("web", "download", tuple(DataPath("url", url) for url in urls)),
    ]
    web.hold_after = 500_000
    node = with_data(make_node(home, server, LOOK), *items)
    node.start_agent()
    assert web.holding.wait(60)
    wait_until(lambda: any(size >= 400_000 for size in part_sizes(home)), 60, "a part of it")
    node.kill_agent()
    web.hold_after = None
    node.start_agent()
    node.wait_until_done(60)
    assert server.status == "Completed", prepared(node)
    seen = json.loads(server.content("outputs/seen.json"))["paths"]
    assert seen[0]["files"] == texts(*ALL) and {name: len(text) for name, text in seen[1]["files"].items()} == {
        "one.txt": 7,
        "two.txt": 1_000_000,
    }
    assert web.gets("/two.txt")[-1].headers["range"].startswith("bytes=")
    assert not list(node.layout.root.rglob("*.trainshed-part"))


def part_sizes(home: Path) -> List[int]:
    sizes = []
    for path in HomeLayout(home).url_cache.rglob("*.part"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            pass  # whole by now, and renamed
    return sizes


@pytest.mark.parametrize("killed", [False, True])
def test_a_cancel_need_not_wait_for_a_download(home: Path, server: MiniServer, web: Web, killed: bool) -> None:
    web.hold_after = 1000
    item = DataInput("big", "download", (DataPath("url", web.put("/big.bin", b"x" * 100_000)),))
    node = with_data(make_node(home, server, LOOK), item)
    node.start_agent()
    assert web.holding.wait(60)
    server.order("cancel")
    if killed:
        node.kill_agent()
        node.start_agent()
    node.wait_until_done(60)
    assert server.status == "Canceled" and "Running" not in server.phases


def test_an_agent_is_killed_when_the_mounts_are_decided(home: Path, server: MiniServer, data: Path) -> None:
    item = DataInput("txt", "mount", paths(data, pattern="**/*.txt"), path_on_compute="data")
    node = with_data(make_node(home, server, LOOK), item)
    node.start_agent()
    wait_until((node.layout.code / "data").exists, 60, "the folder of links", poll_s=0.0002)
    node.kill_agent()
    assert len(look(node)["paths"][0]["files"]) == 3


# --- URLs


def test_urls_are_mounted_from_the_cache(home: Path, server: MiniServer, web: Web) -> None:
    urls = [web.put(path, path.encode()) for path in ("/mnist/a.gz", "/mnist/b.gz", "/x/c.csv")]
    items = [
        DataInput("many", "mount", tuple(DataPath("url", url) for url in urls[:2])),
        DataInput("one", "mount", (DataPath("url", urls[2] + "?sig=secret"),)),
    ]
    node = with_data(make_node(home, server, LOOK), *items)
    many, one = look(node)["paths"]
    assert many["files"] == {"a.gz": "/mnist/a.gz", "b.gz": "/mnist/b.gz"} and many["writes"] == ["EROFS"]
    assert (one["name"], one["text"], one["writes"]) == ("c.csv", "/x/c.csv", ["EROFS"])
    said = prepared(node)
    assert "/mnist/a.gz: fetched, 11 bytes" in said and "c.csv?...: fetched" in said and "secret" not in said


def test_one_file_lies_below_another(home: Path, server: MiniServer, web: Web) -> None:
    urls = [web.put(path, path.encode()) for path in ("/a", "/a/b")]
    item = DataInput("web", "download", tuple(DataPath("url", url) for url in urls))
    node = with_data(make_node(home, server, LOOK), item)
    assert look(node)["paths"][0]["files"] == {"a_2": "/a", "a/b": "/a/b"}
    assert "a appears as a_2: other files lie below that name" in prepared(node)


def test_a_url_that_cannot_be_had(home: Path, server: MiniServer) -> None:
    item = DataInput("web", "mount", (DataPath("url", "http://127.0.0.1:1/mnist/train.gz"),))
    message = failed(with_data(make_node(home, server, LOOK), item)).message
    assert "http://127.0.0.1:1/mnist/train.gz cannot be fetched" in message
    assert f'{home}/data.json: {{"urls": {{"http://127.0.0.1:1/mnist/": ' in message


def test_a_folder_stands_in_for_a_url(home: Path, server: MiniServer, data: Path) -> None:
    HomeLayout(home).data_settings.write_text(json.dumps({"urls": {"https://no.such.host.invalid/x/": str(data)}}))
    item = DataInput("web", "mount", (DataPath("url", "https://no.such.host.invalid/x/sub/c.txt"),))
    assert look(with_data(make_node(home, server, LOOK), item))["paths"][0]["text"] == "sub/c.txt"


# --- variables


def test_what_the_environment_tells(home: Path, server: MiniServer, data: Path) -> None:
    dataset = {"dataset_id": "1234", "name": "mnist", "version": 1}
    items = [
        DataInput("mnist", "mount", paths(data), variables=("mnist",), reference=dataset),
        DataInput("table", "direct", variables=("table",), reference={"dataset_id": "5678"}),
        DataInput("home", "mount", paths(data), variables=("home", "HOME", "PATH")),
        DataInput("with-minus.x", "mount", paths(data)),
        DataOutput("out", variables=("out",)),
    ]
    arguments = (
        "$AZUREML_DATAREFERENCE_mnist/sub",
        "--x=${AZUREML_DATAREFERENCE_mnist}x",
        "$AZUREML_DATAREFERENCE_with-minus.x",
        "${AZUREML_DATAREFERENCE_with-minus.x}",
        "$mnist-y.z",
        "$unknown-y ${un known} $",
    )
    node = with_data(make_node(home, server, LOOK, arguments=arguments), *items)
    seen = look(node)
    environ, mnist = seen["environ"], seen["environ"]["mnist"]
    minus = environ["AZUREML_DATAREFERENCE_with-minus.x"]
    assert seen["given"] == [
        f"{mnist}/sub",
        f"--x={mnist}x",
        minus,
        minus,
        f"{mnist}-y.z",
        "$unknown-y ${un known} $",
    ]
    assert environ["AZUREML_DATASET_ENVIRONMENT_VARS"] == "mnist:mount,table:direct"
    assert environ["table"] == "5678" and environ["out"] == str(node.layout.deliveries / "out")
    assert environ["home"] == mnist and environ["HOME"] == os.environ["HOME"] and environ["PATH"] != mnist
    assert "$HOME keeps its meaning" in prepared(node)


# --- what can't be


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (DataInput("x", "mount", paths("{home}/gone")), "{home}/gone is not there. Was it moved or removed"),
        (DataInput("x", "mount", paths("{data}", pattern="gone.txt")), "{data}/gone.txt is not there"),
        (DataInput("x", "download", paths("{home}/gone", pattern="*")), "{home}/gone is not there"),
        (DataInput("x", "mount", paths("{data}", pattern="*.png")), "no file matches {data}/*.png"),
        (DataInput("x", "mount", paths("{data}"), path_on_compute="../x"), "not within the script's folder"),
        (DataInput("x", "mount", paths("{data}"), path_on_compute="."), "not within the script's folder"),
        (DataInput("x", "mount", paths("{data}"), path_on_compute="link/x"), "not within the script's folder"),
        (DataInput("x", "mount", paths("{data}"), path_on_compute="/"), "hide the run's own folder"),
        (DataInput("x", "mount", paths("{data}"), path_on_compute="{data}/a.txt"), "{data}/a.txt is there already"),
        (DataInput("x", "mount", paths("{data}"), path_on_compute="{data}/a.txt/x"), "can't be put at {data}/a.txt/x"),
        (DataInput("../x", "mount", paths("{data}")), "'../x' is no name"),
        (DataInput("x", "levitate", paths("{data}")), "no mode 'levitate'"),
        (DataInput("x", "mount", paths("{data}", "{data}"), writable=True), "only one folder or file"),
    ],
)
def test_what_cannot_be_is_told(home: Path, server: MiniServer, data: Path, item: DataInput, words: str) -> None:
    def filled(text: Optional[str]) -> Optional[str]:
        return text and text.replace("{home}", str(home)).replace("{data}", str(data))

    item = dataclasses.replace(
        item,
        paths=tuple(dataclasses.replace(path, root=filled(path.root)) for path in item.paths),
        path_on_compute=filled(item.path_on_compute),
    )
    node = with_data(make_node(home, server, LOOK), item)
    manifest = server.add_snapshot({"train.py": LOOK.encode()}, link="/tmp")
    spec = dataclasses.replace(
        node.config.spec, source=dataclasses.replace(node.config.spec.source, snapshot_id=manifest)
    )
    node.config = dataclasses.replace(node.config, spec=spec)
    node.layout.agent.write_bytes(dumps(node.config))
    message = failed(node).message
    assert filled(words) in message and repr(item.name) in message


def test_places_within_one_another(home: Path, server: MiniServer, data: Path) -> None:
    items: Sequence[DataInput] = [
        DataInput("one", "mount", paths(data), path_on_compute="data"),
        DataInput("two", "download", paths(data), path_on_compute="data/sub"),
    ]
    message = failed(with_data(make_node(home, server, LOOK), *items)).message
    assert "'one'" in message and "'two'" in message and "neither may lie within the other" in message


AS_NOBODY = needs_root("an agent of another user")
SYSTEM_PYTHON = "/usr/bin/python3"  # one that everybody can run


@pytest.fixture
def source(home: Path) -> Path:
    """A copy of our code that everybody can read."""
    subprocess.run(["cp", "-r", str(Path(__file__).resolve().parents[2] / "src"), str(home / "src")], check=True)
    return home / "src"


def start_as_nobody(node: Node, source: Path) -> None:
    """The agent of an ordinary user of this machine."""
    ours = str(Path(__file__).resolve().parents[2] / "src")
    argv = [word.replace(ours, str(source)) for word in python_argv("agent", str(node.layout.root))]
    with open(node.layout.agent_log, "ab") as log:
        os.fchown(log.fileno(), 65534, 65534)
        agent = subprocess.Popen(
            [SYSTEM_PYTHON, *argv[1:]],
            user=65534,
            group=65534,
            extra_groups=[],
            stdout=log,
            stderr=log,
            env={MARK: os.environ[MARK]},
        )
    node.agents.append(agent)


@AS_NOBODY
@pytest.mark.parametrize("mode", ["mount", "download"])
@pytest.mark.parametrize("pattern", ["", "sub/c.txt", "**/*.txt"])
def test_what_may_not_be_read(
    home: Path, server: MiniServer, data: Path, source: Path, mode: str, pattern: str
) -> None:
    item = DataInput("mnist", mode, paths(data, pattern=pattern))
    node = with_data(make_node(home, server, LOOK, interpreter=SYSTEM_PYTHON), item)
    subprocess.run(["chown", "-R", "65534:65534", str(home)], check=True)
    locked = data if mode == "mount" and not pattern else data / "sub"
    os.chown(locked, 0, 0)
    locked.chmod(0o700)
    start_as_nobody(node, source)
    node.wait_until_done(60)
    report = server.records.report
    assert report is not None and report.error is not None and report.error.code == "prepare"
    assert str(locked) in report.error.message and "Permission denied" in report.error.message


@AS_NOBODY
@NAMESPACES
def test_the_shim_of_an_ordinary_user_is_killed(home: Path, server: MiniServer, data: Path, source: Path) -> None:
    """What it leaves in a user namespace of its own is found and ended by the next agent all the same."""
    script = LOOK + "\nprint('on', flush=True)\nimport time\ntime.sleep(600)"
    item = DataInput("mnist", "mount", paths(data))
    node = with_data(make_node(home, server, script, interpreter=SYSTEM_PYTHON), item)
    subprocess.run(["chown", "-R", "65534:65534", str(home)], check=True)
    start_as_nobody(node, source)
    node.wait_for_output("on", 60)
    assert json.loads((node.layout.code / "outputs/seen.json").read_text())["paths"][0]["writes"] == ["EROFS"]
    started = node.started
    node.kill_agent()
    os.kill(started.shim_pid, signal.SIGKILL)
    start_as_nobody(node, source)
    node.wait_until_done(60)
    report = server.records.report
    assert report is not None and report.error is not None and report.error.code == "supervisor_killed"
    assert not processes.start_time(started.pid), server.log("75_job_post-node0.txt")


@AS_NOBODY
@NAMESPACES
def test_a_run_of_an_ordinary_user_is_cancelled(home: Path, server: MiniServer, data: Path, source: Path) -> None:
    script = "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\nprint('on', flush=True)\ntime.sleep(600)"
    node = with_data(
        make_node(home, server, script, interpreter=SYSTEM_PYTHON), DataInput("mnist", "mount", paths(data))
    )
    subprocess.run(["chown", "-R", "65534:65534", str(home)], check=True)
    start_as_nobody(node, source)
    node.wait_for_output("on", 60)
    server.order("cancel")
    node.wait_until_done(60)
    assert server.status == "Canceled" and not processes.start_time(node.started.pid)
