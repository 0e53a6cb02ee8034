"""How a module of ``azureml`` offers its names: each is loaded when it is used first (PEP 562)."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, List, Mapping, Tuple


def offers(
    module: str, home: Mapping[str, str], not_offered: Collection[str] = ()
) -> Tuple[Callable[[str], Any], Callable[[], List[str]]]:
    """``__getattr__`` and ``__dir__`` of a module.

    Args:
        module: its name.
        home: the names, and the modules where they live.
        not_offered: v1's names that are asked for in vain: an ImportError says where to read on. (``from x import y``
            drops the words of an AttributeError.)
    """

    def get(name: str) -> Any:
        if name in home:
            __import__(home[name])  # importlib would take a third of the time of `from azureml.core import Run`
            value = getattr(sys.modules[home[name]], name)
            setattr(sys.modules[module], name, value)
            return value
        if name in not_offered:
            raise ImportError("%s.%s is not offered by Trainshed (yet); see docs/compatibility.md" % (module, name))
        raise AttributeError("module %r has no attribute %r" % (module, name))

    def names() -> List[str]:
        return sorted({*vars(sys.modules[module]), *home})

    return get, names
