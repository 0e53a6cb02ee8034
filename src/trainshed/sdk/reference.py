"""Where v1's classes are described."""

from __future__ import annotations

#: The page of each class that says where it is described: the distribution, and the class's path there.
_PAGES = {
    "Experiment": ("azureml-core", "azureml.core.experiment.experiment"),
    "Run": ("azureml-core", "azureml.core.run.run"),
    "ScriptRun": ("azureml-core", "azureml.core.script_run.scriptrun"),
}
_FORM = "https://learn.microsoft.com/python/api/%s/%s"


def page(kind: type) -> str:
    """The page of a class, or of the nearest class above it that has one."""
    return next(_FORM % _PAGES[one.__name__] for one in kind.__mro__ if one.__name__ in _PAGES)
