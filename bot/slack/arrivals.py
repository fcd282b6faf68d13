"""When a request really came: fifty that come at once wait for each other before the last of them is even looked at.

The event loop takes them up one after the other, and whoever is last has waited for all the others. All that it takes up in one round came
before the round began, so all of them have waited since then. No I/O.
"""

import asyncio


class Arrivals:
    """The beginning of the loop's round, for everything in it."""

    def __init__(self) -> None:
        self._began: float | None = None

    def moment(self, *, ago: float = 0.0) -> float:
        """When the request under way came at the latest, by the loop's clock; `ago`: so long before now by its sender's, at least."""
        if self._began is None:
            loop = asyncio.get_running_loop()
            self._began = loop.time()
            loop.call_soon(self._over)  # behind everything that this round has taken up already
        return min(self._began, asyncio.get_running_loop().time() - ago)

    def _over(self) -> None:
        self._began = None
