"""All services of a server, made once and handed to the API, the portal and the control loop."""

from __future__ import annotations

import asyncio
import logging
from typing import Optional

from trainshed.contract.errors import StorageFull
from trainshed.contract.layout import HomeLayout
from trainshed.server.services.attempts import Attempts
from trainshed.server.services.blobs import Blobs
from trainshed.server.services.callers import Callers
from trainshed.server.services.clusters import Clusters
from trainshed.server.services.datasets import Datasets
from trainshed.server.services.datastores import Datastores
from trainshed.server.services.durability import Durability
from trainshed.server.services.environments import Environments
from trainshed.server.services.experiments import Experiments
from trainshed.server.services.files import Files
from trainshed.server.services.ground import Ground
from trainshed.server.services.keyvault import Keyvault
from trainshed.server.services.links import Links
from trainshed.server.services.metrics import Metrics
from trainshed.server.services.model_sources import ModelSources
from trainshed.server.services.models import Models
from trainshed.server.services.news import News
from trainshed.server.services.recovery import recover
from trainshed.server.services.runs import Runs
from trainshed.server.services.sealing import Sealing
from trainshed.server.services.server import ServerFace
from trainshed.server.services.snapshots import Snapshots
from trainshed.server.services.syncing import Syncing
from trainshed.server.services.targets import Targets
from trainshed.server.services.upkeep import Upkeep
from trainshed.server.services.workspaces import Workspaces
from trainshed.server.storage.contents import Contents
from trainshed.server.storage.database import Database

SWEEP_EVERY_S = 6 * 3600.0

_log = logging.getLogger("trainshed.services")


class Services:
    """One attribute per service. :meth:`open` it, :meth:`start` it on the event loop, :meth:`close` it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.news = ground.news
        self.targets = Targets(ground)
        self.clusters = Clusters(ground, self.targets)
        self.callers = Callers(ground)
        self.durability = Durability(ground)
        self.sealing = Sealing(ground)
        self.workspaces = Workspaces(ground)
        self.experiments = Experiments(ground)
        self.runs = Runs(ground, self.targets, self.clusters, self.callers)
        self.attempts = Attempts(ground, self.sealing)
        self.syncing = Syncing(ground, self.attempts, self.sealing, self.durability)
        self.blobs = Blobs(ground, self.durability)
        self.files = Files(ground, self.blobs, self.durability)
        self.metrics = Metrics(ground, self.durability)
        self.snapshots = Snapshots(ground, self.durability)
        self.datastores = Datastores(ground)
        self.datasets = Datasets(ground)
        self.environments = Environments(ground)
        self.models = Models(ground, self.callers, self.files, ModelSources(ground, self.blobs, self.sealing))
        self.keyvault = Keyvault(ground)
        self.links = Links(ground)
        self.upkeep = Upkeep(ground)
        self.server = ServerFace(ground, self.runs)
        self._sweeper: Optional[asyncio.Task[None]] = None

    @classmethod
    def open(cls, layout: HomeLayout, *, server_id: str, address: str) -> Services:
        """Make or open the records of a home.

        Args:
            server_id: fixed for the home.
            address: the server's URL, for links and people.

        Raises:
            SchemaTooNew: a newer release wrote them. StorageFull: the disk takes nothing.
        """
        news = News()
        database = Database(layout, news.publish)
        ground = Ground(layout, database, Contents(layout), news, server_id, address)
        try:
            recover(ground)
            return cls(ground)
        except BaseException:
            database.close()
            raise

    def start(self) -> None:
        """On the event loop: finish what an earlier server left over, and sweep from time to time. Again: nothing."""
        if self._sweeper is None:
            self.sealing.soon()
            self.durability.soon()
            self._sweeper = asyncio.get_running_loop().create_task(self._sweep())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self.upkeep.sweep()
            except (OSError, StorageFull):
                _log.exception("sweep")

    def close(self) -> None:
        """Commit what is queued; nothing is lost by not calling it."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self.durability.close()
        self.sealing.close()
        self.ground.database.close()
