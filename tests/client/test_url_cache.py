"""Files of URLs: fetched once, asked after, gone on with, never half there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator, List

import pytest

from tests.support.interpreters import find_python
from tests.support.waiting import wait_until
from tests.support.web import Web
from trainshed.client.url_cache import UrlCache, shown
from trainshed.contract.errors import UrlUnreachable
from trainshed.contract.layout import HomeLayout

BODY = bytes(range(256)) * 4096
TUESDAY, FRIDAY = "Tue, 01 Sep 2020 00:00:00 GMT", "Fri, 04 Sep 2020 00:00:00 GMT"
SRC = Path(__file__).resolve().parents[2] / "src"
FETCH = """
import sys; sys.path.insert(0, %r)
from pathlib import Path
from trainshed.client.url_cache import UrlCache
from trainshed.contract.layout import HomeLayout
print(UrlCache(HomeLayout(Path(sys.argv[1]))).fetch(sys.argv[2]).how)
""" % str(SRC)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


@pytest.fixture
def layout(tmp_path: Path) -> HomeLayout:
    (tmp_path / "home").mkdir()
    return HomeLayout(tmp_path / "home")


def cache(layout: HomeLayout, **environ: str) -> UrlCache:
    return UrlCache(layout, environ=environ)


def kept(layout: HomeLayout) -> List[str]:
    root = layout.url_cache
    files = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return sorted(str(path) for path in files if path.suffix not in (".json", ".lock"))


@pytest.mark.parametrize("how", [{}, {"etag": False, "modified": TUESDAY}])
def test_it_is_fetched_once_and_asked_after(layout: HomeLayout, web: Web, how: dict[str, object]) -> None:
    url = web.put("/mnist/train images.gz", BODY, **how).replace(" ", "%20")
    first = cache(layout).fetch(url)
    assert first.how == "fetched" and Path(first.path).read_bytes() == BODY and first.size_bytes == len(BODY)
    assert Path(first.path) == layout.cached_url(url) and first.path.endswith("/mnist/train images.gz")
    second = cache(layout).fetch(url)
    assert (second.how, second.path) == ("kept", first.path)
    web.put("/mnist/train images.gz", b"new", **{**how, **({"modified": FRIDAY} if how else {})})
    third = cache(layout).fetch(url)
    assert third.how == "fetched" and Path(third.path).read_bytes() == b"new"
    assert len(web.asked) == 3


def test_without_validators_it_is_fetched_again(layout: HomeLayout, web: Web) -> None:
    url = web.put("/x.csv", b"1", etag=False)
    cache(layout).fetch(url)
    web.put("/x.csv", b"2", etag=False)
    assert Path(cache(layout).fetch(url).path).read_bytes() == b"2"


def test_what_people_put_there_is_taken(layout: HomeLayout) -> None:
    url = "https://no.such.host.invalid/mnist/train.gz"
    place = layout.cached_url(url)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"seeded")
    assert cache(layout).fetch(url) == (str(place), "kept", 6, "")


def test_what_people_replace_is_theirs(layout: HomeLayout, web: Web) -> None:
    url = web.put("/x.csv", b"1")
    place = Path(cache(layout).fetch(url).path)
    place.unlink()
    place.write_bytes(b"mine")
    assert cache(layout).fetch(url).how == "kept" and place.read_bytes() == b"mine" and len(web.asked) == 1


def test_a_folder_stands_in(layout: HomeLayout, web: Web, tmp_path: Path) -> None:
    url = web.put("/mnist/train.gz", b"from the web")
    layout.data_settings.write_text(json.dumps({"urls": {web.address + "/mnist/": str(tmp_path)}}))
    assert cache(layout).fetch(url).how == "fetched"
    (tmp_path / "train.gz").write_bytes(b"from the folder")
    found = cache(layout).fetch(url)
    assert (found.how, found.path) == ("settings", str(tmp_path / "train.gz"))
    with pytest.raises(UrlUnreachable, match=r"404 .* stands in for it by .*data\.json, is not there"):
        cache(layout).fetch(web.address + "/mnist/none.gz")


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_connection_is_gone_on_with(layout: HomeLayout, web: Web, ranges: bool) -> None:
    url = web.put("/big.bin", BODY, ranges=ranges)
    web.break_after, web.breaks_left = 300_000, 2
    assert Path(cache(layout).fetch(url).path).read_bytes() == BODY
    asked = [request.headers.get("range") for request in web.asked]
    assert asked == [None, "bytes=300000-", "bytes=600000-" if ranges else "bytes=300000-"]
    assert kept(layout) == [str(layout.cached_url(url).relative_to(layout.url_cache))]


def test_a_file_that_changed_meanwhile_begins_anew(layout: HomeLayout, web: Web) -> None:
    url = web.put("/big.bin", BODY)
    web.break_after, web.breaks_left = 300_000, 100
    web.hold_after = None
    stopped = threading.Event()

    def give_up_after_first() -> None:
        if web.breaks_left < 100:
            stopped.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        UrlCache(layout, environ={}, check=give_up_after_first).fetch(url)
    web.breaks_left = 0
    web.put("/big.bin", BODY[::-1])
    assert Path(cache(layout).fetch(url).path).read_bytes() == BODY[::-1]


def test_killed_in_the_middle(layout: HomeLayout, web: Web) -> None:
    url = web.put("/big.bin", BODY)
    web.hold_after = 400_000
    argv = [find_python("3.8"), "-I", "-S", "-c", FETCH, str(layout.root), url]
    process = subprocess.Popen(argv, env={"PATH": os.environ["PATH"]})
    assert web.holding.wait(60)
    wait_until(lambda: any(path.stat().st_size >= 300_000 for path in parts(layout)), 60, "a part of it")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not layout.cached_url(url).exists()
    web.hold_after = None
    found = cache(layout).fetch(url)
    assert Path(found.path).read_bytes() == BODY and web.asked[-1].headers["range"].startswith("bytes=")


def parts(layout: HomeLayout) -> List[Path]:
    return list(layout.url_cache.rglob("*.part"))


def test_eight_at_once_fetch_once(layout: HomeLayout, web: Web) -> None:
    url = web.put("/big.bin", BODY)
    web.hold_after = 1000
    argv = [sys.executable, "-I", "-S", "-c", FETCH, str(layout.root), url]
    running = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    assert web.holding.wait(60)
    web.go_on.set()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    # Who comes when it is there asks whether it has changed.
    assert said == ["fetched"] + ["kept"] * 7
    assert [request.headers.get("if-none-match") for request in web.asked].count(None) == 1


def test_several_urls_at_once_in_their_order(layout: HomeLayout, web: Web) -> None:
    urls = [web.put(f"/{number}.bin", b"%d" % number) for number in range(20)]
    assert [Path(one.path).read_bytes() for one in cache(layout).fetch_all(urls)] == [b"%d" % n for n in range(20)]
    web.hold_after = 1
    urls = [web.put(f"/slow{number}", BODY) for number in range(3)] + [web.address + "/none"]
    with pytest.raises(UrlUnreachable, match="/none cannot be fetched: the server answers 404"):
        threading.Thread(target=lambda: web.holding.wait(60) and web.go_on.set()).start()
        cache(layout).fetch_all(urls)


def test_a_kept_copy_does_where_nobody_answers(layout: HomeLayout, web: Web) -> None:
    url = web.put("/x.csv", b"1")
    cache(layout).fetch(url)
    web.stop()
    found = cache(layout).fetch(url)
    assert found.how == "unasked" and "refused" in found.note and Path(found.path).read_bytes() == b"1"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/a/b.csv?sig=very-secret", "Connection refused"),
        ("http://me:very-secret@127.0.0.1:1/a/b.csv", "Connection refused"),
        ("http://no.such.host.invalid/a/b.csv", "cannot be fetched"),
    ],
)
def test_what_cannot_be_had_is_told(layout: HomeLayout, url: str, words: str) -> None:
    with pytest.raises(UrlUnreachable, match=words) as raised:
        cache(layout).fetch(url)
    message = raised.value.message
    host = shown(url).split("/a/")[0]
    assert f'{{"urls": {{"{host}/a/": "/path/to/the/files"}}}}' in message and str(layout.data_settings) in message
    assert "very-secret" not in message and kept(layout) == []
    assert "very-secret" not in "".join(path.read_text() for path in layout.url_cache.rglob("*.json"))


def test_an_error_that_may_pass_is_tried_again(layout: HomeLayout, web: Web) -> None:
    url = web.put("/x.csv", b"1", status=503)

    def heal() -> None:
        if len(web.asked) == 2:
            web.put("/x.csv", b"1")

    assert UrlCache(layout, environ={}, check=heal).fetch(url).how == "fetched" and len(web.asked) == 3


def test_one_url_lies_below_another(layout: HomeLayout, web: Web) -> None:
    urls = [web.put(path, path.encode()) for path in ("/a/b", "/a", "/a/b/c")]
    for _ in range(2):
        at_once = cache(layout).fetch_all(urls)
        assert [Path(one.path).read_text() for one in at_once] == ["/a/b", "/a", "/a/b/c"]
        assert [Path(cache(layout).fetch(url).path).read_text() for url in urls] == ["/a/b", "/a", "/a/b/c"]


def test_a_login_and_names_beyond_ascii(layout: HomeLayout, web: Web) -> None:
    url = web.put("/größe 1.csv", b"1").replace("//", "//me:a%20b@")
    assert cache(layout).fetch(url).how == "fetched"
    assert web.asked[0].headers["authorization"] == "Basic bWU6YSBi" and web.asked[0].path == "/größe 1.csv"


def test_proxies_are_asked(layout: HomeLayout, web: Web) -> None:
    web.put("/x.csv", b"by the proxy")
    url = "http://no.such.host.invalid/x.csv"
    found = cache(layout, http_proxy=web.address).fetch(url)
    assert Path(found.path).read_bytes() == b"by the proxy"
    with pytest.raises(UrlUnreachable):
        cache(layout, http_proxy=web.address, no_proxy="host.invalid").fetch(url + "2")
    assert cache(layout, HTTP_PROXY="http://127.0.0.1:1", NO_PROXY="127.0.0.1").fetch(web.put("/y", b"")).how
