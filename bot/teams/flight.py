"""One question that many ask at the same moment is asked once, and all hear the same answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")


class Flight(Generic[_Answer]):
    """Joins callers to a question under way. One caller giving up does not end it for the others."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[_Answer] | None = None

    @property
    def under_way(self) -> bool:
        return self._asking is not None and not self._asking.done()

    async def join(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """The answer of the question under way, else of a new one."""
        return await asyncio.shield(self.start(ask))

    def start(self, ask: Callable[[], Awaitable[_Answer]]) -> "asyncio.Task[_Answer]":
        """The question under way, else a new one, without waiting for it."""
        if self._asking is not None and self.under_way:
            return self._asking

        async def asked() -> _Answer:
            return await ask()

        self._asking = asyncio.create_task(asked())
        # Everybody may have left by the time it fails: then nobody fetches the exception, and that is no fault.
        self._asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._asking
