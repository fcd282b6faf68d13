"""What goes wrong on request: a method, or any, fails in a given way for a given number of calls."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack

from bot.playground.models import Json

Kind = Literal[
    "rate_limited", "server_error", "slack_error", "slow", "cut_before", "lost_reply", "cut_mid_body", "late_commit", "broken_json"
]  # fmt: skip


class Which(TypedDict, total=False):
    """Which calls a fault spoils."""

    #: how many; None for ever; 1 unless said
    times: int | None
    #: how many matching calls pass first
    skip: int
    #: the part of the matching calls that are spoilt
    share: float
    #: only calls with such arguments
    when: Callable[[Json], bool]


@dataclass(kw_only=True, eq=False)
class Fault:
    kind: Kind
    #: a method's name, or "*"
    method: str = "*"
    times: int | None = 1
    skip: int = 0
    share: float = 1.0
    when: Callable[[Json], bool] | None = None
    seconds: float = 0.0
    status: int = 200
    #: None leaves the header out
    retry_after: str | None = None
    error: str = ""
    #: whether the call has its effect all the same
    accepted: bool = False
    #: how often it struck
    struck: int = 0


@dataclass(eq=False)
class Faults:
    """`faults.lost_reply("chat.postMessage")`, `faults.rate_limited(retry_after="30", times=3)`. The oldest that fits strikes."""

    seed: int = 0
    planned: list[Fault] = field(default_factory=list)
    #: how many real seconds Slack takes to answer a post to a response_url, which is taken at once
    slow_responses: float = 0.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 — chance in a trial, not a secret

    def add(self, fault: Fault) -> Fault:
        self.planned.append(fault)
        return fault

    def rate_limited(
        self, method: str = "*", *, retry_after: str | None = "1", **which: Unpack[Which]
    ) -> Fault:
        """429. `retry_after=None` leaves the header out; any text is sent as it is."""
        return self.add(
            Fault(kind="rate_limited", method=method, status=429, retry_after=retry_after, **which)
        )

    def server_error(
        self, method: str = "*", *, status: int = 503, accepted: bool = False, **which: Unpack[Which]
    ) -> Fault:
        return self.add(Fault(kind="server_error", method=method, status=status, accepted=accepted, **which))

    def slack_error(self, method: str, error: str, **which: Unpack[Which]) -> Fault:
        """A refusal by name: `ekm_access_denied`, `restricted_action`, `token_revoked` ..."""
        return self.add(Fault(kind="slack_error", method=method, error=error, **which))

    def slow(self, method: str, seconds: float, **which: Unpack[Which]) -> Fault:
        """Accepted at once, answered after so many real seconds."""
        return self.add(Fault(kind="slow", method=method, seconds=seconds, accepted=True, **which))

    def cut_before(self, method: str = "*", **which: Unpack[Which]) -> Fault:
        """The connection is cut before anything took effect."""
        return self.add(Fault(kind="cut_before", method=method, **which))

    def lost_reply(self, method: str = "*", **which: Unpack[Which]) -> Fault:
        """Accepted and stored; the connection is cut before a byte of the answer."""
        return self.add(Fault(kind="lost_reply", method=method, accepted=True, **which))

    def cut_mid_body(self, method: str = "*", **which: Unpack[Which]) -> Fault:
        """Accepted and stored; half of the answer, then the connection is cut."""
        return self.add(Fault(kind="cut_mid_body", method=method, accepted=True, **which))

    def late_commit(
        self, method: str = "chat.postMessage", *, seconds: float = 5.0, **which: Unpack[Which]
    ) -> Fault:
        """The connection is cut; the message is in nobody's history until so many seconds of the workspace's clock are over."""
        return self.add(Fault(kind="late_commit", method=method, seconds=seconds, accepted=True, **which))

    def broken_json(self, method: str = "*", *, accepted: bool = True, **which: Unpack[Which]) -> Fault:
        """200, and a body that is no JSON."""
        return self.add(Fault(kind="broken_json", method=method, accepted=accepted, **which))

    def clear(self) -> None:
        self.planned.clear()

    def strike(self, method: str, args: Json) -> Fault | None:
        """The fault that spoils this call, if any."""
        for fault in self.planned:
            if fault.method not in ("*", method) or fault.times == 0 or (fault.when and not fault.when(args)):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.share < 1.0 and self._random.random() >= fault.share:
                continue
            if fault.times is not None:
                fault.times -= 1
            fault.struck += 1
            return fault
        return None
