"""What a run definition says about R. R itself is not set up here: the values are kept with the run, and written back.

Follows: azureml.core.environment.RSection (1.11).
"""

from __future__ import annotations

from typing import List, Optional

from trainshed.sdk.configuration.element import Element, Field


class RCranPackage(Element):
    """A package of CRAN."""

    FIELDS = (Field("name", "text"), Field("version", "text"), Field("repository", "text"))

    def __init__(self) -> None:
        self.name: Optional[str] = None
        self.version: Optional[str] = None
        self.repository: Optional[str] = None


class RGitHubPackage(Element):
    """A package of GitHub. ``auth_token`` stays in this object: it is never sent or written."""

    FIELDS = (Field("repository", "text"),)
    auth_token: Optional[str] = None

    def __init__(self) -> None:
        self.repository: Optional[str] = None
        self.auth_token = None


class RSection(Element):
    """Which R, and which packages of it."""

    FIELDS = (
        Field("r_version", "text"),
        Field("user_managed", "bool"),
        Field("rscript_path", "text"),
        Field("snapshot_date", "text"),
        Field("cran_packages", "section list", RCranPackage),
        Field("github_packages", "section list", RGitHubPackage),
        Field("custom_url_packages", "texts"),
        Field("bioconductor_packages", "texts"),
    )

    def __init__(self) -> None:
        self.r_version: Optional[str] = None
        self.user_managed = False
        self.rscript_path: Optional[str] = None
        self.snapshot_date: Optional[str] = None
        self.cran_packages: Optional[List[RCranPackage]] = None
        self.github_packages: Optional[List[RGitHubPackage]] = None
        self.custom_url_packages: Optional[List[str]] = None
        self.bioconductor_packages: Optional[List[str]] = None
