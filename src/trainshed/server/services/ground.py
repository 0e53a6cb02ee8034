"""What every service stands on."""

from __future__ import annotations

from dataclasses import dataclass

from trainshed.contract.layout import HomeLayout
from trainshed.server.services.news import News
from trainshed.server.storage.contents import Contents
from trainshed.server.storage.database import Database


@dataclass(frozen=True)
class Ground:
    """The home's folders, its database, its content store, and the news.

    ``address``: the server's own URL, for people.
    """

    layout: HomeLayout
    database: Database
    contents: Contents
    news: News
    server_id: str
    address: str
