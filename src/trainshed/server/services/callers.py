"""Who is asking, and what they may do.

docs/architecture.md 4 and 11: a user, an agent (its attempt), a run (what its script does).
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Dict, Optional

from trainshed.contract.errors import NotAllowed, NotAuthenticated
from trainshed.contract.status import ENDED
from trainshed.server.services.ground import Ground
from trainshed.server.services.tokens import ensure_token, token_hash
from trainshed.server.storage import attempt_rows, run_rows

USER, AGENT, RUN = "user", "agent", "run"


@dataclass(frozen=True)
class Caller:
    """Whoever holds the token of a request. All but ``kind`` are empty for a user."""

    kind: str
    workspace_id: str = ""
    run_id: str = ""
    run_uid: int = 0
    attempt_id: str = ""

    @property
    def actor(self) -> str:
        """As events name them."""
        return "run %s" % self.run_id if self.kind == RUN else self.kind


#: The server's own user, and what the control loop acts as.
THE_USER = Caller(USER)


class Callers:
    """Knows the tokens."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        token = ensure_token(ground.layout.token)
        self._user_hash = token_hash(token)
        self._user_token = token.encode("utf-8")
        self._known: Dict[str, Caller] = {}

    def identify(self, token: Optional[str]) -> Caller:
        """Whose token it is.

        Raises:
            NotAuthenticated: nobody's, or that of a run that has ended.
        """
        if not token:
            raise self._refusal("there is none in the request%s" % self._advice())
        hashed = token_hash(token)
        if secrets.compare_digest(hashed, self._user_hash):
            return THE_USER
        caller = self._known.get(hashed) or self._look_up(hashed)
        if caller is None:
            raise self._refusal("it is unknown here%s" % self._advice())
        if caller.kind == RUN and self._has_ended(caller):
            raise self._refusal("run %s has ended" % caller.run_id)
        return caller

    def key_for(self, purpose: bytes) -> bytes:
        """A secret key that changes with the user's token."""
        return hmac.digest(self._user_token, purpose, sha256)

    def _advice(self) -> str:
        try:
            now_there = self._ground.layout.token.read_bytes().strip()
        except OSError:
            now_there = b""
        if now_there == self._user_token:
            return ""
        return (
            ". The file token of its home was changed or removed after the server started. The next one goes by it: "
            "trainshed server stop"
        )

    def _look_up(self, hashed: str) -> Optional[Caller]:
        found = attempt_rows.by_token(self._ground.database.reader, hashed)
        if found is None:
            return None
        kind, attempt_id, workspace_id, run_id, run_uid = found
        caller = self._known[hashed] = Caller(kind, workspace_id, run_id, run_uid, attempt_id)
        return caller

    def _has_ended(self, caller: Caller) -> bool:
        if run_rows.status(self._ground.database.reader, caller.run_uid) not in ENDED:
            return False
        self._known.clear()  # tokens of ended runs would pile up
        return True

    def _refusal(self, why: str) -> NotAuthenticated:
        return NotAuthenticated(address=self._ground.address, why=why)

    # --- rights

    def check_kind(self, caller: Caller, *kinds: str) -> None:
        """NotAllowed unless the caller is one of ``kinds``."""
        if caller.kind not in kinds:
            raise NotAllowed(
                what="this request with the token of %s" % _name(caller), why="It is for: %s." % ", ".join(kinds)
            )

    def check_workspace(self, caller: Caller, workspace_id: str) -> None:
        """A run and an agent see their own workspace only."""
        if caller.kind != USER and caller.workspace_id != workspace_id:
            raise NotAllowed(
                what="workspace %s" % workspace_id, why="%s belongs to another." % _name(caller).capitalize()
            )

    def check_writes(self, caller: Caller, workspace_id: str, run_id: str) -> None:
        """A run writes its own family: itself, its descendants, and (``run.parent.log``) those above it.

        RunNotFound is left to whoever writes.
        """
        self.check_workspace(caller, workspace_id)
        if caller.kind == RUN and not self._is_within(caller, run_id) and not self._is_above(caller, run_id):
            raise NotAllowed(
                what="to change run %s" % run_id,
                why="Run %s may change itself, its descendants and those it descends from." % caller.run_id,
            )

    def check_cancels(self, caller: Caller, workspace_id: str, run_id: str) -> None:
        """A run cancels itself, its descendants and its parent."""
        self.check_workspace(caller, workspace_id)
        if caller.kind != RUN or self._is_within(caller, run_id):
            return
        own = run_rows.by_uid(self._ground.database.reader, caller.run_uid).run
        if own.parent_id != run_id:
            raise NotAllowed(
                what="to cancel run %s" % run_id,
                why="Run %s may cancel itself, its descendants and its parent." % caller.run_id,
            )

    def check_attempt(self, caller: Caller, attempt_id: str) -> None:
        """An agent speaks for its own attempt."""
        if caller.kind != AGENT or caller.attempt_id != attempt_id:
            raise NotAllowed(what="to speak for attempt %s" % attempt_id, why="Only its agent may.")

    def _is_above(self, caller: Caller, run_id: str) -> bool:
        connection = self._ground.database.reader
        found = run_rows.find(connection, caller.workspace_id, run_id)
        return found is not None and run_rows.is_within(connection, caller.run_uid, found.uid)

    def _is_within(self, caller: Caller, run_id: str) -> bool:
        if caller.run_id == run_id:
            return True
        connection = self._ground.database.reader
        found = run_rows.find(connection, caller.workspace_id, run_id)
        return found is not None and run_rows.is_within(connection, found.uid, caller.run_uid)


def _name(caller: Caller) -> str:
    return "the user" if caller.kind == USER else "%s %s" % (caller.kind, caller.run_id)
