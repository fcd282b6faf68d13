"""A Slack workspace held in memory. Nothing here speaks HTTP or reads a clock of its own.

Whoever changes something tells the listeners, so the page and the tests see it at once.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.playground.models import (
    Change,
    Channel,
    Clock,
    Json,
    Listener,
    Message,
    Notice,
    User,
    View,
    real_clock,
)


class Workspace:
    def __init__(
        self,
        team_id: str = "T0PLAY",
        name: str = "Playground",
        *,
        domain: str = "playground",
        clock: Clock = real_clock,
        app_name: str = "App",
        app_id: str = "A0PLAY",
    ) -> None:
        self.team_id = team_id
        self.name = name
        self.domain = domain
        self.clock = clock
        self.app_id = app_id
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        #: (person, channel) → messages that only this person sees
        self.ephemerals: dict[str, list[Message]] = {}
        #: open modals of each person, the bottom of the stack first
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.notices: list[Notice] = []
        self.last_read: dict[tuple[str, str], str] = {}
        self._listeners: list[Listener] = []
        self._counts: dict[str, int] = {}
        self._last_ts = 0
        self._changed = asyncio.Event()
        self.bot = self.add_user(app_name.lower().replace(" ", ""), real_name=app_name, is_bot=True)
        self.bot_id = self.new_id("B")

    # ids and time

    def new_id(self, letter: str) -> str:
        """Slack-like and unique over workspaces as well: U0PLAY0001."""
        self._counts[letter] = self._counts.get(letter, 0) + 1
        return f"{letter}0{self.team_id[2:]}{self._counts[letter]:04X}"

    def new_ts(self) -> str:
        """`1700000000.000100`: unique and rising even while the clock stands still."""
        now = int(self.clock().timestamp()) * 1_000_000 + 100
        self._last_ts = max(now, self._last_ts + 100)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # listeners

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)

        def stop() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    def tell(self, kind: str, *, user: str = "", channel: str = "", ts: str = "") -> None:
        change = Change(kind=kind, user=user, channel=channel, ts=ts)
        for listener in list(self._listeners):
            listener(change)
        self._changed.set()

    async def until(self, condition: Callable[[], bool], timeout: float = 60.0) -> bool:  # noqa: ASYNC109 — a limit of patience, not a cancellation
        """Wait in real time for a condition that some change brings about; False when it never came."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not condition():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.25))
        return True

    # people

    def add_user(self, name: str, *, real_name: str = "", user_id: str = "", **fields: Any) -> User:
        user = User(id=user_id or self.new_id("U"), name=name, real_name=real_name or name.title(), **fields)
        if not user.email and not user.is_bot:
            user.email = f"{name}@{self.domain}.example"
        self.users[user.id] = user
        self.tell("user", user=user.id)
        return user

    def person(self, who: "User | str") -> User:
        """By object, id, handle or real name."""
        if isinstance(who, User):
            return who
        if who in self.users:
            return self.users[who]
        wanted = who.removeprefix("@").casefold()
        for user in self.users.values():
            if wanted in (user.name.casefold(), user.real_name.casefold()):
                return user
        raise KeyError(f"nobody here is called {who!r}: {', '.join(u.name for u in self.users.values())}")

    def people(self) -> list[User]:
        return [user for user in self.users.values() if not user.is_bot]

    # conversations

    def add_channel(
        self,
        name: str,
        *,
        members: "list[User | str] | None" = None,
        private: bool = False,
        with_bot: bool = True,
    ) -> Channel:
        channel = Channel(
            id=self.new_id("C"),
            name=name.removeprefix("#"),
            type="private_channel" if private else "public_channel",
            created=int(self.clock().timestamp()),
            members=[self.person(member).id for member in members or []],
        )
        if with_bot:
            channel.members.append(self.bot.id)
        self.channels[channel.id] = channel
        self.tell("channel", channel=channel.id)
        return channel

    def im(self, who: "User | str") -> Channel:
        """The direct message between a person and the app, made when first asked for."""
        user = self.person(who)
        for channel in self.channels.values():
            if channel.is_im and user.id in channel.members:
                return channel
        channel = Channel(
            id=self.new_id("D"),
            name=user.id,
            type="im",
            created=int(self.clock().timestamp()),
            members=[user.id, self.bot.id],
        )
        self.channels[channel.id] = channel
        self.tell("channel", user=user.id, channel=channel.id)
        return channel

    def find_im(self, user_id: str) -> Channel | None:
        return next((c for c in self.channels.values() if c.is_im and user_id in c.members), None)

    def channel(self, where: "Channel | User | str") -> Channel:
        """By object, id, `#name`, or a person, whose direct message with the app is meant."""
        if isinstance(where, Channel):
            return where
        if isinstance(where, User):
            return self.im(where)
        if where in self.channels:
            return self.channels[where]
        named = where.removeprefix("#")
        for channel in self.channels.values():
            if not channel.is_im and channel.name == named:
                return channel
        return self.im(where)

    def archive(self, where: "Channel | str", *, archived: bool = True) -> Channel:
        channel = self.channel(where)
        channel.is_archived = archived
        self.tell("channel", channel=channel.id)
        return channel

    # messages

    def add_message(
        self,
        channel: Channel,
        *,
        user: str,
        text: str,
        bot_id: str = "",
        blocks: list[Json] | None = None,
        thread_ts: str = "",
        metadata: Json | None = None,
        visible_at: datetime | None = None,
    ) -> Message:
        message = Message(
            ts=self.new_ts(),
            channel=channel.id,
            user=user,
            bot_id=bot_id,
            text=text,
            blocks=blocks or [],
            thread_ts=thread_ts,
            metadata=metadata,
            visible_at=visible_at,
        )
        channel.messages.append(message)
        if user != self.bot.id:
            self.last_read[user, channel.id] = message.ts
        self.tell("message", channel=channel.id, ts=message.ts)
        return message

    def add_ephemeral(
        self, channel: Channel, *, user: str, text: str, blocks: list[Json] | None = None, thread_ts: str = ""
    ) -> Message:
        message = Message(
            ts=self.new_ts(),
            channel=channel.id,
            user=self.bot.id,
            bot_id=self.bot_id,
            text=text,
            blocks=blocks or [],
            thread_ts=thread_ts,
            only_visible_to=user,
        )
        self.ephemerals.setdefault(user, []).append(message)
        self.tell("ephemeral", user=user, channel=channel.id, ts=message.ts)
        return message

    def change(self, message: Message, *, text: str, blocks: list[Json] | None, by: str) -> None:
        """In place: everybody sees the new words, nobody is notified."""
        message.text = text
        message.blocks = blocks or []
        message.revision += 1
        if message.ephemeral:
            self.tell(
                "ephemeral_changed", user=message.only_visible_to, channel=message.channel, ts=message.ts
            )
            return
        message.edited = (by, self.new_ts())
        self.tell("message_changed", channel=message.channel, ts=message.ts)

    def remove(self, message: Message) -> None:
        if message.ephemeral:
            self.ephemerals[message.only_visible_to].remove(message)
            self.tell(
                "ephemeral_deleted", user=message.only_visible_to, channel=message.channel, ts=message.ts
            )
            return
        self.channels[message.channel].messages.remove(message)
        self.tell("message_deleted", channel=message.channel, ts=message.ts)

    def find_message(self, channel_id: str, ts: str, *, seen_by: str = "") -> Message | None:
        """A real message, or an ephemeral one of the person named."""
        channel = self.channels.get(channel_id)
        real = (
            next((m for m in channel.messages if m.ts == ts and self.visible(m)), None) if channel else None
        )
        if real is not None or not seen_by:
            return real
        return next(
            (m for m in self.ephemerals.get(seen_by, []) if m.channel == channel_id and m.ts == ts), None
        )

    def visible(self, message: Message) -> bool:
        return message.visible_at is None or message.visible_at <= self.clock()

    def history(self, channel: Channel) -> list[Message]:
        return [message for message in channel.messages if self.visible(message)]

    def seen_by(self, who: "User | str", where: "Channel | User | str") -> list[Message]:
        """A conversation as one person reads it, ephemeral messages included, oldest first."""
        user, channel = self.person(who), self.channel(where)
        own = [m for m in self.ephemerals.get(user.id, []) if m.channel == channel.id]
        return sorted([*self.history(channel), *own], key=lambda m: m.ts)

    def add_notice(self, user: str, code: str, text: str, channel: str = "") -> Notice:
        notice = Notice(user=user, code=code, text=text, channel=channel, ts=self.new_ts())
        self.notices.append(notice)
        self.tell("notice", user=user, channel=channel, ts=notice.ts)
        return notice

    # unread marks

    def unread(self, who: "User | str", where: "Channel | str") -> int:
        user, channel = self.person(who), self.channel(where)
        since = self.last_read.get((user.id, channel.id), "")
        return sum(1 for m in self.seen_by(user, channel) if m.user != user.id and m.ts > since)

    def mark_read(self, who: "User | str", where: "Channel | str") -> None:
        user, channel = self.person(who), self.channel(where)
        messages = self.seen_by(user, channel)
        if messages and self.last_read.get((user.id, channel.id), "") < messages[-1].ts:
            self.last_read[user.id, channel.id] = messages[-1].ts
            self.tell("read", user=user.id, channel=channel.id)

    # views

    def open_views(self) -> list[View]:
        return [*(view for stack in self.modals.values() for view in stack), *self.homes.values()]

    def find_view(self, view_id: str = "", external_id: str = "") -> View | None:
        for view in self.open_views():
            if (view_id and view.id == view_id) or (external_id and view.external_id == external_id):
                return view
        return None

    def top_view(self, who: "User | str") -> View | None:
        stack = self.modals.get(self.person(who).id)
        return stack[-1] if stack else None

    def add_view(self, user_id: str, payload: Json, *, push: bool = False) -> View:
        """A modal: alone, or on top of what is open."""
        stack = self.modals.setdefault(user_id, [])
        if not push:
            stack.clear()
        view_id = self.new_id("V")
        view = View(
            id=view_id,
            user=user_id,
            type="modal",
            payload=payload,
            hash=self.new_hash(),
            root_view_id=stack[0].id if stack else view_id,
            previous_view_id=stack[-1].id if stack else "",
        )
        stack.append(view)
        self.tell("view", user=user_id)
        return view

    def publish_home(self, user_id: str, payload: Json) -> View:
        view = self.homes.get(user_id)
        if view is None:
            view_id = self.new_id("V")
            view = View(id=view_id, user=user_id, type="home", payload=payload, hash="", root_view_id=view_id)
            self.homes[user_id] = view
        view.payload, view.hash = payload, self.new_hash()
        self.tell("home", user=user_id)
        return view

    def change_view(self, view: View, payload: Json) -> None:
        """A new payload keeps what the person typed into fields that are still there."""
        view.payload, view.hash, view.errors = payload, self.new_hash(), {}
        self.tell("home" if view.type == "home" else "view", user=view.user)

    def close_view(self, view: View) -> None:
        stack = self.modals.get(view.user, [])
        if view in stack:
            stack.remove(view)
        self.tell("view", user=view.user)

    def clear_views(self, user_id: str) -> list[View]:
        closed, self.modals[user_id] = self.modals.get(user_id, []), []
        self.tell("view", user=user_id)
        return closed

    def new_hash(self) -> str:
        self._counts["hash"] = self._counts.get("hash", 0) + 1
        return f"{int(self.clock().timestamp())}.{self._counts['hash']:08X}"
