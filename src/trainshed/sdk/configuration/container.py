"""The docker section of an environment, and where its image comes from.

Follows: azureml.core.environment.DockerSection, azureml.core.container_registry (1.11, 1.62).
"""

from __future__ import annotations

from typing import Any, List, Optional

from trainshed.sdk.configuration.element import Element, Field

#: What v1 filled in by itself. They count as "no image": no container engine is needed for them.
DEFAULT_CPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04"
DEFAULT_GPU_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-cuda11.1-cudnn8-ubuntu20.04"
STOCK_IMAGES = "mcr.microsoft.com/azureml/"


class RegistryIdentity(Element):
    """A managed identity of Azure; kept with the run."""

    FIELDS = (Field("resource_id", "text"), Field("client_id", "text"))

    def __init__(self) -> None:
        self.resource_id: Optional[str] = None
        self.client_id: Optional[str] = None


class ContainerRegistry(Element):
    """A registry of images. The password is never written into a run's record."""

    FIELDS = (
        Field("address", "text"),
        Field("username", "text"),
        Field("password", "text"),
        Field("registry_identity", "section", RegistryIdentity),
    )

    def __init__(self) -> None:
        self.address: Optional[str] = None
        self.username: Optional[str] = None
        self.password: Optional[str] = None
        self.registry_identity: Optional[RegistryIdentity] = None


class AzureContainerRegistry(ContainerRegistry):
    """v1's older name of :class:`ContainerRegistry`."""

    FIELDS = ContainerRegistry.FIELDS


class DockerImagePlatform(Element):
    """What an image is built for."""

    FIELDS = (Field("os", "text"), Field("architecture", "text"))

    def __init__(self) -> None:
        self.os = "Linux"
        self.architecture = "amd64"


class DockerSection(Element):
    """Whether and how the command runs in a container.

    Follows: azureml.core.environment.DockerSection. ``gpu_support`` has no effect, as in v1: GPUs are found.
    """

    FIELDS = (
        Field("enabled", "bool"),
        Field("base_image", "text"),
        Field("base_dockerfile", "text"),
        Field("build_context"),
        Field("shared_volumes", "bool"),
        Field("shm_size", "text"),
        Field("arguments", "texts"),
        Field("base_image_registry", "section", ContainerRegistry),
        Field("platform", "section", DockerImagePlatform),
    )
    FORMER = frozenset({"gpusupport", "preserveimage"})

    base_image: Optional[str] = DEFAULT_CPU_IMAGE
    base_dockerfile: Optional[str] = None

    def __init__(self, **kwargs: Any) -> None:
        self.enabled = False
        self.base_image = DEFAULT_CPU_IMAGE
        self.base_dockerfile = None
        self.build_context: Optional[Any] = None
        self.shared_volumes = True
        self.shm_size: Optional[str] = None
        self.arguments: List[str] = []
        self.base_image_registry = ContainerRegistry()
        self.platform = DockerImagePlatform()
        for name, value in kwargs.items():
            setattr(self, name, value)

    @property
    def gpu_support(self) -> bool:
        """Deprecated in v1 and without effect: GPUs are found."""
        return True

    @gpu_support.setter
    def gpu_support(self, value: bool) -> None:
        pass

    @property
    def needs_image(self) -> bool:
        """False for no container, and for v1's stock images, which it filled in by itself."""
        return self.enabled and self.names_image

    @property
    def names_image(self) -> bool:
        """Whether an image of the user's own is named, used or not."""
        if self.base_dockerfile or self.build_context:
            return True
        return bool(self.base_image) and not str(self.base_image).startswith(STOCK_IMAGES)


class DockerEnvironment(DockerSection):
    """v1's older name of :class:`DockerSection`."""

    FIELDS = DockerSection.FIELDS

    def __init__(self) -> None:
        super().__init__()
