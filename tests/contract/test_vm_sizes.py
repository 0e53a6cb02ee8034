"""Sizes of machines: those of Azure's, whoever wrote them; a slip of the pen is told with what is near."""

from __future__ import annotations

import pytest

from trainshed.contract.compute import ClusterSettings, check_new
from trainshed.contract.errors import BadComputeSetting
from trainshed.contract.vm_sizes import amiss, vm_sizes

USED = (
    "STANDARD_D2_V2 standard_ds12_v2 Standard_D16_v3 STANDARD_NC6 Standard_NC24rs_v3 Standard_NC24ads_A100_v4 "
    "STANDARD_PB6S Standard_M8-2ms Standard_A2m_v2 Basic_A1 Standard_NC4as_T4_v3 Standard_HB120rs_v3 "
    "Standard_D2_v2_Promo Standard_L8s"
)


@pytest.mark.parametrize("name", [*USED.split(), *(str(size["name"]) for size in vm_sizes())])
def test_those_of_azure(name: str) -> None:
    assert amiss(name) is None


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("STANDARD_FOO", "Near: Standard_"),
        ("STANDARD_D2V2_", "Standard_D2_v2"),
        ("D2_V2", "Standard_D2_v2"),
        ("STANDARD_NC6_", "Standard_NC6"),
        ("big", "Near: Standard_D2_v2, Standard_DS3_v2, Standard_NC6"),
    ],
)
def test_others_are_told_what_is_near(name: str, near: str) -> None:
    with pytest.raises(BadComputeSetting, match="vm_size '%s': no size of that name is known" % name) as caught:
        check_new(ClusterSettings(vm_size=name, max_nodes=1))
    assert near in caught.value.message and "supported_vmsizes" in caught.value.message
