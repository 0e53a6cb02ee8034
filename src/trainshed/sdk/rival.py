"""A real azureml-core in a script's environment: ours answers all the same, and the script's log says so."""

from __future__ import annotations

import os
import sys

from trainshed.contract import variables

#: A package that only the real azureml-core has.
_ITS_OWN = "azureml/_base_sdk_common"


def tell() -> None:
    """One line on stderr, where people who follow a run read it; nothing where there is no such package."""
    if variables.TOLD in os.environ:
        return
    os.environ[variables.TOLD] = "1"
    for folder in sys.path:
        if folder and os.path.isdir(os.path.join(folder, _ITS_OWN)):
            words = "Trainshed answers `import azureml` in this run; the azureml-core in %s is not used.\n"
            sys.stderr.write(words % folder)
            sys.stderr.flush()
            return
