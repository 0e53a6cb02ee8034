"""Sizes of Azure's machines: those that people used in v1, as ``AmlCompute.supported_vmsizes`` told them, and how the
others are named. Here a size is a name; but one that Azure never had is a slip of the pen.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

#: Family, number of processors (perhaps of them used), features, accelerator, version: ``NC24rs_v3``, ``M8-2ms``,
#: ``NC4as_T4_v3``, ``E4``, ``D2_v2_Promo``.
#: Source: Azure's "virtual machine sizes naming conventions".
_FORM = re.compile(
    r"(?:Standard|Basic)_(?:A|B|D|DC|DS|E|EC|F|FX|G|GS|H|HB|HC|HX|L|M|NC|ND|NG|NP|NV|PB)"
    r"\d+(?:-\d+)?[a-z]{0,5}(?:_[A-Z]+\d+[A-Za-z]*)?(?:_v[1-9])?(?:_Promo)?",
    re.IGNORECASE | re.ASCII,
)

_KEYS = ("name", "vCPUs", "gpus", "memoryGB", "maxResourceVolumeMB")

_SIZES = (
    ("Standard_D1_v2", 1, 0, 3.5, 51200),
    ("Standard_D2_v2", 2, 0, 7.0, 102400),
    ("Standard_D3_v2", 4, 0, 14.0, 204800),
    ("Standard_D4_v2", 8, 0, 28.0, 409600),
    ("Standard_D11_v2", 2, 0, 14.0, 102400),
    ("Standard_D12_v2", 4, 0, 28.0, 204800),
    ("Standard_D13_v2", 8, 0, 56.0, 409600),
    ("Standard_D14_v2", 16, 0, 112.0, 819200),
    ("Standard_DS1_v2", 1, 0, 3.5, 7168),
    ("Standard_DS2_v2", 2, 0, 7.0, 14336),
    ("Standard_DS3_v2", 4, 0, 14.0, 28672),
    ("Standard_DS4_v2", 8, 0, 28.0, 57344),
    ("Standard_DS5_v2", 16, 0, 56.0, 114688),
    ("Standard_DS11_v2", 2, 0, 14.0, 28672),
    ("Standard_DS12_v2", 4, 0, 28.0, 57344),
    ("Standard_DS13_v2", 8, 0, 56.0, 114688),
    ("Standard_DS14_v2", 16, 0, 112.0, 229376),
    ("Standard_DS15_v2", 20, 0, 140.0, 286720),
    ("Standard_D2s_v3", 2, 0, 8.0, 16384),
    ("Standard_D4s_v3", 4, 0, 16.0, 32768),
    ("Standard_D8s_v3", 8, 0, 32.0, 65536),
    ("Standard_D16s_v3", 16, 0, 64.0, 131072),
    ("Standard_E4s_v3", 4, 0, 32.0, 65536),
    ("Standard_E8s_v3", 8, 0, 64.0, 131072),
    ("Standard_E16s_v3", 16, 0, 128.0, 262144),
    ("Standard_F2s_v2", 2, 0, 4.0, 16384),
    ("Standard_F4s_v2", 4, 0, 8.0, 32768),
    ("Standard_F8s_v2", 8, 0, 16.0, 65536),
    ("Standard_F16s_v2", 16, 0, 32.0, 131072),
    ("Standard_F32s_v2", 32, 0, 64.0, 262144),
    ("Standard_F64s_v2", 64, 0, 128.0, 524288),
    ("Standard_F72s_v2", 72, 0, 144.0, 589824),
    ("Standard_M8-2ms", 2, 0, 218.75, 256000),
    ("Standard_NC6", 6, 1, 56.0, 389120),
    ("Standard_NC12", 12, 2, 112.0, 696320),
    ("Standard_NC24", 24, 4, 224.0, 1474560),
    ("Standard_NC24r", 24, 4, 224.0, 1474560),
    ("Standard_NC6s_v2", 6, 1, 112.0, 753664),
    ("Standard_NC12s_v2", 12, 2, 224.0, 1509376),
    ("Standard_NC24s_v2", 24, 4, 448.0, 3018752),
    ("Standard_NC24rs_v2", 24, 4, 448.0, 3018752),
    ("Standard_NC6s_v3", 6, 1, 112.0, 753664),
    ("Standard_NC12s_v3", 12, 2, 224.0, 1509376),
    ("Standard_NC24s_v3", 24, 4, 448.0, 3018752),
    ("Standard_NC24rs_v3", 24, 4, 448.0, 3018752),
    ("Standard_NC4as_T4_v3", 4, 1, 28.0, 180224),
    ("Standard_NC8as_T4_v3", 8, 1, 56.0, 360448),
    ("Standard_NC16as_T4_v3", 16, 1, 110.0, 360448),
    ("Standard_NC64as_T4_v3", 64, 4, 440.0, 2883584),
    ("Standard_ND6s", 6, 1, 112.0, 753664),
    ("Standard_ND12s", 12, 2, 224.0, 1509376),
    ("Standard_ND24s", 24, 4, 448.0, 3018752),
    ("Standard_ND24rs", 24, 4, 448.0, 3018752),
    ("Standard_ND40rs_v2", 40, 8, 672.0, 2969600),
    ("Standard_ND96asr_v4", 96, 8, 900.0, 6656000),
    ("Standard_NV6", 6, 1, 56.0, 389120),
    ("Standard_NV12", 12, 2, 112.0, 696320),
    ("Standard_NV24", 24, 4, 224.0, 1474560),
)


def vm_sizes() -> List[Dict[str, Any]]:
    """One dict a size, with v1's keys; a list of the caller's own."""
    return [dict(zip(_KEYS, size)) for size in _SIZES]


def amiss(name: str) -> Optional[str]:
    """Why no machine of Azure's has that size, with names that look like it; None: one may."""
    if _FORM.fullmatch(name):
        return None
    from difflib import get_close_matches

    known = {size[0].upper(): size[0] for size in _SIZES}
    near = get_close_matches(name.upper(), known, 3, 0.5) or ["STANDARD_D2_V2", "STANDARD_DS3_V2", "STANDARD_NC6"]
    return "no size of that name is known. Near: %s. AmlCompute.supported_vmsizes(ws) lists them" % ", ".join(
        known[one] for one in near
    )
