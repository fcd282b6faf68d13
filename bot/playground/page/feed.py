"""Tells open pages that something changed, by server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html"""

import asyncio
import json
from collections.abc import AsyncIterator

from bot.playground.models import Change
from bot.playground.payloads import epoch
from bot.playground.workspace import Workspace

#: seconds between two signs of life, with which the page's clock goes on
BEAT = 1.0


class Feed:
    """One for all pages; a page gets everything that happened since it last looked in one event."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._pages: set[asyncio.Queue[Change | None]] = set()
        self._stop = workspace.listen(self._hear)

    def _hear(self, change: Change) -> None:
        for page in self._pages:
            page.put_nowait(change)

    def close(self) -> None:
        self._stop()
        for page in self._pages:
            page.put_nowait(None)

    async def stream(self) -> AsyncIterator[bytes]:
        page: asyncio.Queue[Change | None] = asyncio.Queue()
        self._pages.add(page)
        try:
            yield b"retry: 1000\n\n"
            while True:
                changes: list[Change | None] = []
                try:
                    changes.append(await asyncio.wait_for(page.get(), BEAT))
                except TimeoutError:
                    yield self._event("beat", [])
                    continue
                while not page.empty():
                    changes.append(page.get_nowait())
                if None in changes:
                    return
                yield self._event("change", [change for change in changes if change is not None])
        finally:
            self._pages.discard(page)

    def _event(self, name: str, changes: list[Change]) -> bytes:
        body = {
            "now": epoch(self.workspace.clock()),
            "changes": [{"kind": c.kind, "user": c.user, "channel": c.channel, "ts": c.ts} for c in changes],
        }
        return f"event: {name}\ndata: {json.dumps(body)}\n\n".encode()
