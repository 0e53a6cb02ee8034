"""A state machine over the pure protocol: messages are lost, repeated, reordered and late; agents and the server are
killed; power fails.
"""

from __future__ import annotations

import dataclasses

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from trainshed.contract.messages import Order
from trainshed.contract.protocol import Outbox, fence, newer, orders_after, take
from trainshed.contract.records import AttemptRecord, NodeReport, PhaseChange
from trainshed.contract.status import PROGRESS, RunStatus
from trainshed.contract.wire import now


@dataclasses.dataclass
class Sync:
    """A message on its way: bytes at an offset, a report, the attempt's number."""

    attempt: int
    offset: int
    data: bytes
    report: NodeReport


@dataclasses.dataclass
class Answer:
    acked: int
    durable: int


class Protocol(RuleBasedStateMachine):
    """One stream of one attempt. The file on the node is the truth; the server must become a prefix of it and never
    anything else.
    """

    on_the_way = Bundle("on_the_way")
    answers = Bundle("answers")

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.outbox = Outbox()
        self.report = NodeReport(node=0, seq=0, phases=())
        self.server = b""
        self.server_durable = b""
        self.server_report: NodeReport | None = None
        self.durable_report: NodeReport | None = None
        self.said_durable = 0
        self.orders: list[Order] = []
        self.orders_seen: list[int] = []
        self.current = 1
        self.given_up: str | None = None
        self.server_at_fence: bytes | None = None

    def attempt(self, number: int = 1) -> AttemptRecord:
        return AttemptRecord("a", "r", "w", number, RunStatus.RUNNING, now(), given_up_reason=self.given_up)

    @rule(data=st.binary(min_size=1, max_size=7))
    def script_writes(self, data: bytes) -> None:
        self.written += data

    @rule()
    def node_advances(self) -> None:
        nth = len(self.report.phases) + 2
        if nth < len(PROGRESS):
            phases = (*self.report.phases, PhaseChange(PROGRESS[nth], now()))
            self.report = dataclasses.replace(self.report, seq=self.report.seq + 1, phases=phases)

    @rule(target=on_the_way, limit=st.integers(1, 9))
    def agent_sends(self, limit: int) -> Sync:
        self.outbox = self.outbox.grown(len(self.written))
        offset, size = self.outbox.next_chunk(limit) or (self.outbox.acked, 0)
        assert size <= limit
        return Sync(1, offset, self.written[offset : offset + size], self.report)

    # Not consumed: the same message may arrive again, in any order, at any time. One that is never picked was lost.
    @rule(target=answers, message=on_the_way)
    def server_receives(self, message: Sync) -> Answer:
        refused = fence(self.attempt(message.attempt), self.current)
        if refused is None:
            taken = take(len(self.server), message.offset, len(message.data))
            if taken.skip is not None:
                self.server += message.data[taken.skip :]
            assert taken.have == len(self.server)
            self.server_report = newer(self.server_report, message.report)
        return Answer(len(self.server), len(self.server_durable))

    @rule(answer=answers)
    def agent_hears(self, answer: Answer) -> None:
        self.outbox = self.outbox.answered(answer.acked, answer.durable)
        self.said_durable = max(self.said_durable, min(answer.durable, self.outbox.size))

    @rule()
    def server_checkpoints(self) -> None:
        self.server_durable = self.server
        self.durable_report = self.server_report

    @rule()
    def power_fails_at_the_server(self) -> None:
        self.server = self.server_durable
        self.server_report = self.durable_report

    @rule()
    def agent_is_killed_and_adopted(self) -> None:
        # What an adopter knows: the file, its state.json, and what the server says it has.
        self.outbox = Outbox().grown(len(self.written)).answered(len(self.server), len(self.server_durable))

    @rule()
    def order_is_given(self) -> None:
        self.orders.append(Order(number=len(self.orders) + 1, kind="cancel"))

    @rule(lost=st.booleans())
    def agent_polls_orders(self, lost: bool) -> None:
        fresh = orders_after(self.orders, self.orders_seen[-1] if self.orders_seen else 0)
        if not lost:
            self.orders_seen += [order.number for order in fresh]

    @rule(retry=st.booleans())
    def attempt_is_given_up(self, retry: bool) -> None:
        if self.server_at_fence is None:
            self.server_at_fence = self.server = self.server_durable = self.server
            if retry:
                self.current = 2
            else:
                self.given_up = "canceled"

    @invariant()
    def the_server_has_a_prefix_of_what_was_written(self) -> None:
        assert self.written.startswith(self.server)

    @invariant()
    def what_was_said_to_be_durable_is_there(self) -> None:
        assert len(self.server) >= self.said_durable
        assert self.outbox.durable <= len(self.server)

    @invariant()
    def orders_are_carried_out_once_and_in_order(self) -> None:
        assert self.orders_seen == list(range(1, len(self.orders_seen) + 1))

    @invariant()
    def a_fenced_attempt_changes_nothing(self) -> None:
        if self.server_at_fence is not None:
            assert self.server == self.server_at_fence

    def teardown(self) -> None:
        """The network works again: a few exchanges later nothing is missing (unless the attempt was given up)."""
        if self.server_at_fence is not None:
            return
        for _ in range(len(self.written) + 2):
            message = self.agent_sends(5)
            self.agent_hears(self.server_receives(message))
        self.server_checkpoints()
        self.agent_hears(Answer(len(self.server), len(self.server_durable)))
        assert self.server == self.written
        assert self.server_report == self.report
        assert self.outbox.settled


Protocol.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestProtocol = Protocol.TestCase
