"""Slack's rate limits, enforced when asked for. https://docs.slack.dev/apis/web-api/rate-limits

"On a per method per workspace per app basis", per minute; chat.postMessage one a second in each channel.
"""

import math
import time
from collections import deque
from collections.abc import Callable

#: tier of each method; 0 is "special". Calls a minute: T1 1+, T2 20+, T3 50+, T4 100+
TIERS = {
    "auth.test": 0, "chat.postMessage": 0, "chat.getPermalink": 0,
    "chat.postEphemeral": 4, "conversations.members": 4, "users.info": 4,
    "views.open": 4, "views.update": 4, "views.publish": 4, "views.push": 4,
    "chat.update": 3, "chat.delete": 3, "conversations.open": 3, "conversations.history": 3, "conversations.replies": 3,
    "conversations.info": 3, "conversations.join": 3, "users.lookupByEmail": 3, "users.conversations": 3, "reactions.add": 3,
    "team.info": 3, "bots.info": 3, "dnd.info": 3, "auth.revoke": 3,
    "users.list": 2, "conversations.list": 2, "dnd.teamInfo": 2,
}  # fmt: skip
_PER_MINUTE = {0: 300, 1: 1, 2: 20, 3: 50, 4: 100}


class RateLimits:
    def __init__(self, *, enforced: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        self.enforced = enforced
        self.now = now
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._last_post: dict[tuple[str, str], float] = {}

    def wait(self, team_id: str, method: str, channel: str) -> int:
        """Seconds to wait before this call would be taken; 0 takes it."""
        if not self.enforced:
            return 0
        now = self.now()
        window = self._calls.setdefault((team_id, method), deque())
        while window and window[0] <= now - 60:
            window.popleft()
        if len(window) >= _PER_MINUTE[TIERS.get(method, 3)]:
            return max(1, math.ceil(window[0] + 60 - now))
        if method == "chat.postMessage" and channel:
            since = now - self._last_post.get((team_id, channel), -math.inf)
            if since < 1.0:
                return 1
            self._last_post[team_id, channel] = now
        window.append(now)
        return 0
