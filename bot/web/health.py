"""Alive, ready, and the figures that say how well."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.services import audit
from bot.services.audit import State
from storage.database import Database

#: A host asks for readiness every few seconds; the database is asked no more often than this, in seconds.
_KEPT = 5.0


class Fares(Protocol):
    """How the ticks of this process fare, if it has any."""

    def amiss(self) -> list[str]:
        """One sentence for each tick that stopped or keeps failing."""

    def ages(self) -> dict[str, float]:
        """Seconds since each tick last came to its end."""


class Acks:
    """How long each door takes to answer: three seconds are all that Slack waits."""

    def __init__(self) -> None:
        self.histogram = Histogram(
            "pilotlight_ack_seconds",
            "Time from a request to its answer.",
            ["door"],
            registry=None,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10),
        )

    def timed(self, path: str, door: ASGIApp) -> ASGIApp:
        """The door with a watch beside it."""
        child = self.histogram.labels(path)

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            with child.time():
                await door(scope, receive, send)

        # Starlette tells an application from a function by this: a function it would wrap.
        return _App(watched)


class _App:
    def __init__(self, call: ASGIApp) -> None:
        self._call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._call(scope, receive, send)


class _Figures(Collector):
    """The figures of one moment, as Prometheus reads them."""

    def __init__(self, state: State | None, ages: Mapping[str, float], *, withheld: bool) -> None:
        self._state, self._ages, self._withheld = state, ages, withheld

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "pilotlight_database_up", "Whether it answers.", value=self._state is not None
        )
        if self._state is not None:
            for name, value in self._state.figures.items():
                yield GaugeMetricFamily(
                    f"pilotlight_{name}", name.replace("_", " ").capitalize() + ".", value=value
                )
            decided = GaugeMetricFamily(
                "pilotlight_messages_last_day", "Messages decided within a day, by state.", labels=["state"]
            )
            for state in ("pending", "sending", "sent", "unknown", "unverified", "failed", "dropped"):
                decided.add_metric([state], self._state.messages.get(state, 0))
            yield decided
            yield GaugeMetricFamily(
                "pilotlight_queue_age_seconds",
                "How long the oldest message has waited that may be sent.",
                value=self._state.queue_age,
            )
            yield GaugeMetricFamily(
                "pilotlight_amiss", "How much the auditor finds amiss.", value=len(self._state.amiss)
            )
        yield GaugeMetricFamily(
            "pilotlight_heartbeat_withheld",
            "Whether something is amiss, so that no heartbeat goes out.",
            value=self._withheld,
        )
        age = GaugeMetricFamily(
            "pilotlight_tick_age_seconds",
            "Since a tick of this process last came to its end.",
            labels=["tick"],
        )
        for name, seconds in self._ages.items():
            age.add_metric([name], seconds)
        yield age


class _Auditor:
    """The newest state, a few seconds old at the most."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._kept: tuple[float, datetime, State] | None = None

    async def state(self) -> State:
        now = self._clock()
        if self._kept is not None:
            read_at, of, state = self._kept
            # A clock that is moved by hand is believed at once.
            if time.monotonic() - read_at < _KEPT and abs((now - of).total_seconds()) < 2 * _KEPT:
                return state
        state = await self._database.read(lambda conn: audit.state(conn, now))
        self._kept = (time.monotonic(), now, state)
        return state


def routes(
    database: Database,
    clock: Callable[[], datetime],
    ticks: Fares,
    acks: Acks,
    watch: Callable[[], str] = str,
) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`. `watch` says what else is amiss in this process; empty: nothing."""
    auditor = _Auditor(database, clock)

    def withheld(state: State | None) -> bool:
        """Whether the auditor, asked now, would let no heartbeat out."""
        return state is None or bool(state.amiss or ticks.amiss() or database.troubles())

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        reasons = [*ticks.amiss(), *database.troubles(), *filter(None, [watch()])]
        try:
            state = await auditor.state()
        except Exception as error:  # noqa: BLE001 - whatever the database says, the answer is "not ready"
            reasons.append(f"The database does not answer: {type(error).__name__}.")
            state = None
        reasons += state.amiss if state is not None else ()
        body = {
            "ready": not reasons, "why": " ".join(reasons), "reasons": reasons,
            "heartbeat": "withheld" if withheld(state) else "goes out", **(state.figures if state else {}),
        }  # fmt: skip
        return JSONResponse(body, 503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        registry = CollectorRegistry()
        registry.register(acks.histogram)
        try:
            state = await auditor.state()
        except Exception:  # noqa: BLE001 - what does not need the database is shown all the same
            state = None
        registry.register(_Figures(state, ticks.ages(), withheld=withheld(state)))
        return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
