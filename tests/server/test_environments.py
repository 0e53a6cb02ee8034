"""Registered environments: versions, labels, private wheels, and what an unknown name is told."""

from __future__ import annotations

import hashlib
from typing import Any, AsyncIterator, Dict

import pytest

from tests.server.lab import Lab
from trainshed.contract.environment_records import EnvironmentAsk, LabelAsk, WheelAsk
from trainshed.contract.errors import BadValue, BlobMissing, EnvironmentNotFound, WheelExists, WorkspaceNotFound

pytestmark = pytest.mark.anyio
WHEEL = b"not really a wheel"
SHA256 = hashlib.sha256(WHEEL).hexdigest()


def definition(**more: Any) -> Dict[str, Any]:
    return {"name": "any", "version": "any", "python": {"userManagedDependencies": False}, **more}


async def test_a_changed_definition_makes_a_new_version_and_an_unchanged_one_does_not(lab: Lab) -> None:
    environments = lab.services.environments
    first = await environments.register(lab.ws, EnvironmentAsk("mine", definition()))
    assert (first.name, first.version, first.latest) == ("mine", 1, 1)
    assert "name" not in first.definition and "version" not in first.definition
    again = await environments.register(lab.ws, EnvironmentAsk("mine", definition(name="x", version="7")))
    assert again == first
    second = await environments.register(lab.ws, EnvironmentAsk("mine", definition(asOf="2020-08-27")))
    back = await environments.register(lab.ws, EnvironmentAsk("mine", definition()))
    assert (second.version, back.version) == (2, 3)
    assert (await environments.get(lab.ws, "mine")).version == 3
    assert (await environments.get(lab.ws, "mine", "2")).definition["asOf"] == "2020-08-27"
    assert [one.version for one in (await environments.versions(lab.ws, "mine")).environments] == [3, 2, 1]
    await environments.register(lab.ws, EnvironmentAsk("another", definition()))
    page = (await environments.page(lab.ws)).environments
    assert [(one.name, one.version) for one in page] == [("another", 1), ("mine", 3)]


async def test_labels_move_from_version_to_version(lab: Lab) -> None:
    environments = lab.services.environments
    for number in (1, 2):
        await environments.register(lab.ws, EnvironmentAsk("mine", definition(number=number)))
    assert (await environments.label(lab.ws, "mine", LabelAsk(1, ("good", "old")))).labels == ("good", "old")
    assert (await environments.get(lab.ws, "mine", label="good")).version == 1
    await environments.label(lab.ws, "mine", LabelAsk(2, ("good",)))
    assert (await environments.get(lab.ws, "mine", label="good")).version == 2
    assert (await environments.get(lab.ws, "mine", "1")).labels == ("old",)
    assert (await environments.get(lab.ws, "mine", label="latest")).version == 2
    with pytest.raises(BadValue, match="latest"):
        await environments.label(lab.ws, "mine", LabelAsk(1, ("Latest",)))


async def test_what_does_not_exist_is_told_what_does(lab: Lab) -> None:
    environments = lab.services.environments
    await environments.register(lab.ws, EnvironmentAsk("mnist-training", definition()))
    with pytest.raises(EnvironmentNotFound, match="Did you mean 'mnist-training'") as caught:
        await environments.get(lab.ws, "mnist-traning")
    assert "register(workspace)" in caught.value.message
    with pytest.raises(EnvironmentNotFound, match=r"in version 4 \(its versions: 1\)"):
        await environments.get(lab.ws, "mnist-training", "4")
    with pytest.raises(EnvironmentNotFound, match="label 'good'"):
        await environments.get(lab.ws, "mnist-training", label="good")
    for name in ("", "a/b", "x" * 300, "AzureML-mine", "microsoft-mine"):
        with pytest.raises(BadValue, match="Environment name"):
            await environments.register(lab.ws, EnvironmentAsk(name, definition()))
    with pytest.raises(WorkspaceNotFound):
        await environments.register("elsewhere", EnvironmentAsk("mine", definition()))


async def wheel_bytes() -> AsyncIterator[bytes]:
    yield WHEEL


async def test_a_private_wheel_is_kept_by_content(lab: Lab) -> None:
    environments = lab.services.environments
    ask = WheelAsk("mine-1.0-py3-none-any.whl", SHA256)
    with pytest.raises(BlobMissing):
        await environments.add_wheel(lab.ws, ask)
    await lab.services.blobs.put(SHA256, 0, len(WHEEL), wheel_bytes())
    assert (await environments.add_wheel(lab.ws, ask)).sha256 == SHA256
    with pytest.raises(WheelExists, match="exist_ok=True"):
        await environments.add_wheel(lab.ws, ask)
    await environments.add_wheel(lab.ws, WheelAsk(ask.file_name, SHA256, exist_ok=True))
    for name in ("mine.zip", "../mine-1.0-py3-none-any.whl"):
        with pytest.raises(BadValue, match="Wheel"):
            await environments.add_wheel(lab.ws, WheelAsk(name, SHA256))
