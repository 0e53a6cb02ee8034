"""The pure parts of the agent-server protocol: what to send, what to take, whom to refuse. No I/O, no clock.

Everything an agent sends may be lost, repeated, reordered or late, and both sides may be killed at any moment. What
makes that harmless:

* bytes carry their offset in a stream that only grows, and the server says how many it has (:func:`take`,
:class:`Outbox`);
* a report is cumulative and numbered (:func:`newer`);
* an attempt that was given up is refused by its number (:func:`fence`);
* orders are numbered and never taken back (:func:`orders_after`).
"""

from __future__ import annotations

from typing import Iterable, Optional, Tuple

from trainshed.contract.frozen import dataclass, replace
from trainshed.contract.messages import Order
from trainshed.contract.records import AttemptRecord, NodeReport


@dataclass(frozen=True)
class Outbox:
    """One stream on the node. ``size``: bytes written so far; ``acked``: the server has them; ``durable``: a power
    loss won't take them.
    """

    size: int = 0
    acked: int = 0
    durable: int = 0

    def grown(self, size: int) -> Outbox:
        """The file has ``size`` bytes now. A stream never shrinks: a smaller size is ignored."""
        return replace(self, size=max(self.size, size))

    def next_chunk(self, limit: int) -> Optional[Tuple[int, int]]:
        """Offset and length of what to send next, at most ``limit`` bytes; None when the server has all."""
        if self.acked >= self.size:
            return None
        return self.acked, min(limit, self.size - self.acked)

    def answered(self, acked: int, durable: int) -> Outbox:
        """The server spoke. ``acked`` may fall (it lost what was not durable, by a power loss): then sending goes on
        from there.

        ``durable`` never falls: an older answer that arrives late changes nothing in it.
        """
        kept = max(self.durable, min(durable, self.size))
        return replace(self, acked=max(min(acked, self.size), kept), durable=kept)

    @property
    def settled(self) -> bool:
        """Nothing of this stream is needed on the node any more."""
        return self.durable >= self.size


@dataclass(frozen=True)
class Taken:
    """What to do with received bytes: append ``data[skip:]``, then say ``have``. ``skip`` is None when nothing is to
    be appended.
    """

    skip: Optional[int]
    have: int


def take(have: int, offset: int, size: int) -> Taken:
    """Decide about bytes ``offset .. offset + size`` of a stream of which the server has ``have``.

    A repetition is dropped, an overlap is cut, a gap is refused: in each case the answer is what the server then has.
    """
    if offset > have or offset + size <= have:
        return Taken(skip=None, have=have)
    return Taken(skip=have - offset, have=offset + size)


def newer(known: Optional[NodeReport], heard: NodeReport) -> NodeReport:
    """The report that counts: the one with the higher ``seq``; the known one when they are equal."""
    if known is None or heard.seq > known.seq:
        return heard
    return known


def fence(attempt: AttemptRecord, current: int) -> Optional[str]:
    """Why an attempt is refused, or None when it may speak.

    Args:
        attempt: the attempt that speaks.
        current: the number of the run's newest attempt.
    """
    if attempt.given_up_reason is not None:
        return attempt.given_up_reason
    if attempt.number < current:
        return "attempt %d has taken its place" % current
    return None


def orders_after(orders: Iterable[Order], number: int) -> Tuple[Order, ...]:
    """The orders an agent has not seen, oldest first."""
    return tuple(sorted((order for order in orders if order.number > number), key=lambda order: order.number))
