"""S15: two customers take the app away, revoke it, take scopes, install it again by somebody else, in any order.

After each step: whoever has the app is written to, by the token of the newest installation alone, also where an older one would still
open the door; whoever has not is not, and once we know it no token is shown at all; what they had stays for thirty days. That a token is renewed in time is in tests/slack/test_slack_oauth.py.
"""

import os
import random
from collections import Counter
from pathlib import Path

import pytest

from bot.domain.people import Platform
from bot.playground import Workspace
from bot.services import housekeeping
from bot.services.chat import ChatError
from bot.slack.listeners import Door
from storage import pilots, workspaces
from tests.slack.test_slack_oauth import Many, many

STEPS = (
    "uninstalled",
    "revoked",
    "dead unheard",
    "reinstalled",
    "scope taken",
    "a day",
    "a month",
)


class Customer:
    """One workspace, its people, and what we believe of it."""

    def __init__(self, here: Many, workspace: Workspace, users: tuple[str, ...]) -> None:
        self.here, self.workspace, self.users = here, workspace, users
        self.team = workspace.team_id
        self.alive = False
        self.scoped = True
        #: Whether we heard that it is over, or found out.
        self.known = False
        self.gone_days = 0

    def pilots(self) -> int | None:
        """How many are kept; None: there is no such customer any more."""

        def count(conn):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a Connection
            whose = workspaces.of_address(conn, Platform.SLACK, self.team, even_removed=True)
            return None if whose is None else pilots.count(conn, whose)

        found: int | None = self.here.app.database.read_now(count)
        return found

    async def installs(self, chance: random.Random) -> None:
        page = await self.here.install(self.workspace, chance.choice(self.users))
        assert page.status_code == 200, page.text
        self.alive, self.scoped, self.gone_days = True, True, 0
        if not self.pilots():
            await self.here.slack.deliveries.form(
                self.here.slack.hands.interactions.command_form(
                    self.workspace.person(self.users[0]),
                    self.workspace.im(self.workspace.person(self.users[0])),
                    "/pilot register Claims Chat: Cut claims from 9 to 4 hours by 30 June 2027",
                    "",
                )
                | {"team_id": self.team}
            )

    def _end(self, word: str) -> None:
        for one in self.here.slack.app.installations.values():
            if one.workspace is self.workspace:
                one.dead = word
        self.alive = self.known = False
        self.gone_days = 0

    async def tells(self, kind: str) -> None:
        event = {"type": kind} | (
            {"tokens": {"oauth": [], "bot": ["U1"]}} if kind == "tokens_revoked" else {}
        )
        deliveries = self.here.slack.deliveries
        before, deliveries.workspace = deliveries.workspace, self.workspace
        try:
            await deliveries.event(event)
            door = self.here.app.doors["/slack/events"]
            assert isinstance(door, Door)
            await door.drain(60.0)
        finally:
            deliveries.workspace = before

    async def step(self, name: str, chance: random.Random) -> None:
        match name:
            case "uninstalled" | "revoked" if self.alive:
                self._end("account_inactive" if name == "uninstalled" else "token_revoked")
                kinds = ["app_uninstalled", "tokens_revoked"]
                chance.shuffle(kinds)
                for kind in kinds if name == "uninstalled" else ["tokens_revoked"]:
                    await self.tells(kind)
                self.known = True
            case "dead unheard" if self.alive:
                self._end("token_revoked")
            case "reinstalled":
                await self.installs(chance)
            case "scope taken" if self.alive:
                self.scoped = chance.random() < 0.5
                for one in self.here.slack.app.installations.values():
                    if one.workspace is self.workspace:
                        (one.scopes.add if self.scoped else one.scopes.discard)("chat:write")

    async def judged(self, step: str) -> None:
        """Sends once, as the outbox would, and looks what left."""
        user, before = self.workspace.person(self.users[0]).id, len(self.here.slack.app.shown)
        try:
            await self.here.post(self.team, user)
            arrived = True
        except ChatError:
            arrived = False
        assert arrived == (self.alive and self.scoped), f"{self.team} after {step}: {arrived}"
        shown, newest = (
            set(self.here.slack.app.shown[before:]),
            self.here.slack.app.installation(self.workspace),
        )
        if newest is not None:
            assert shown == {newest.token}, f"{self.team} after {step}: not the newest token"
        elif self.known:
            assert not shown, f"{self.team} after {step}: a token that is known to be dead"


async def life(folder: Path, steps: int) -> Counter[str]:
    chance, seen = random.Random(15), Counter[str]()
    async with many(folder) as here:
        customers = [
            Customer(here, here.slack.workspace, ("anna", "ben")),
            Customer(here, here.globex, ("gina",)),
        ]
        for one in customers:
            await one.installs(chance)
        for _ in range(steps):
            who, step = chance.choice(customers), chance.choice(STEPS)
            seen[step] += 1
            if step in ("a day", "a month"):
                days = 1 if step == "a day" else 31
                here.clock.advance(days=days)
                for one in customers:
                    one.gone_days += 0 if one.alive else days
                await housekeeping.housekeeping(here.app.database, here.app.chats, here.clock())
            else:
                await who.step(step, chance)
            for one in customers:
                await one.judged(step)
                kept = one.pilots()
                if one.alive or one.gone_days <= 30:
                    assert kept, f"{one.team} after {step}: its data is gone after {one.gone_days} days"
            here.clock.advance(minutes=1)
    return seen


@pytest.mark.parametrize(
    "count", [12, pytest.param(200, marks=[pytest.mark.trial, pytest.mark.timeout(3600)])]
)
async def test_s15_installations_come_and_go(count: int, tmp_path: Path) -> None:
    steps = max(1, round(count * float(os.environ.get("TRIAL_SHARE", "1"))))
    seen = await life(tmp_path, steps)
    if count > 12:
        print(
            f"\nS15: {steps} steps of two customers: {dict(seen)}; sends stop at once and come back with a new installation, data stays"
        )
