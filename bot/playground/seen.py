"""What a person sees after doing something, and the ledger of messages that no test has taken yet."""

from dataclasses import dataclass, field

from bot.playground.blocks import elements, readable, texts
from bot.playground.models import Channel, Message, Notice, User, View
from bot.playground.workspace import Workspace


def names(workspace: Workspace) -> dict[str, str]:
    return {u.id: u.real_name for u in workspace.users.values()} | {
        c.id: c.name for c in workspace.channels.values()
    }


def words(workspace: Workspace, shown: "Message | View", *, buttons: bool = False) -> str:
    """A message or view as a person reads it, a line a piece; top-level text only where there are no blocks."""
    lines = list(texts(shown.blocks, buttons=buttons))
    if isinstance(shown, Message) and not shown.blocks:
        lines = [shown.text]
    if isinstance(shown, View) and shown.title:
        lines.insert(0, shown.title)
    return "\n".join(readable(line, names(workspace)) for line in lines)


def buttons(shown: "Message | View") -> list[str]:
    """The labels that can be pressed, in order."""
    return [
        element.label for element in elements(shown.blocks) if element.type in {"button", "workflow_button"}
    ]


@dataclass(kw_only=True)
class Seen:
    """What changed before a person's eyes."""

    workspace: Workspace = field(repr=False)
    #: the status of the app's answer; 0 when there was none
    status: int = 200
    #: new messages, then those that only this person sees
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)
    #: messages that changed in place
    updated: list[Message] = field(default_factory=list)
    #: (channel, ts) of messages that are gone
    removed: list[tuple[str, str]] = field(default_factory=list)
    #: the modal on top now
    view: View | None = None
    home: View | None = None
    #: sentences under fields of that modal, by block_id
    errors: dict[str, str] = field(default_factory=dict)
    #: what Slack itself says when the app fails
    notices: list[Notice] = field(default_factory=list)

    @property
    def all(self) -> list[Message]:
        return [*self.messages, *self.ephemerals, *self.updated]

    @property
    def text(self) -> str:
        """Everything that can be read: messages, modal, errors, notices."""
        shown: list[Message | View] = [*self.all]
        if self.view is not None:
            shown.append(self.view)
        lines = [words(self.workspace, one, buttons=True) for one in shown]
        return "\n".join([*lines, *self.errors.values(), *(notice.text for notice in self.notices)])

    def __contains__(self, piece: str) -> bool:
        return piece in self.text

    @property
    def message(self) -> Message:
        """The one message there is."""
        if len(self.all) != 1:
            raise AssertionError(f"expected one message, saw {len(self.all)}:\n{self.text}")
        return self.all[0]


class Glance:
    """A person's conversations at one moment, to be compared with a later one."""

    def __init__(self, workspace: Workspace, user: User, channels: list[Channel]) -> None:
        self.workspace, self.user, self.channels = workspace, user, channels
        self._before = {(m.channel, m.ts): m.revision for m in self._visible()}
        self._notices = len(workspace.notices)
        self._views = self._view_state()

    def _visible(self) -> list[Message]:
        return [m for channel in self.channels for m in self.workspace.seen_by(self.user, channel)]

    def _view_state(self) -> tuple[object, ...]:
        view, home = self.workspace.top_view(self.user), self.workspace.homes.get(self.user.id)
        return (view and view.id, view and view.hash, home and home.hash)

    def changed(self) -> bool:
        seen = self.since()
        return bool(seen.all or seen.removed or seen.notices) or self._views != self._view_state()

    def since(self) -> Seen:
        seen = Seen(workspace=self.workspace)
        now = self._visible()
        for message in now:
            if message.user == self.user.id:
                continue
            key = (message.channel, message.ts)
            if key not in self._before:
                (seen.ephemerals if message.ephemeral else seen.messages).append(message)
            elif message.revision != self._before[key]:
                seen.updated.append(message)
        there = {(m.channel, m.ts) for m in now}
        seen.removed = [key for key in self._before if key not in there]
        seen.view = self.workspace.top_view(self.user)
        seen.home = self.workspace.homes.get(self.user.id)
        seen.errors = dict(seen.view.errors) if seen.view else {}
        seen.notices = [n for n in self.workspace.notices[self._notices :] if n.user == self.user.id]
        return seen


class Ledger:
    """Every message of the app that nobody has taken yet: what is left at the end of a test was not expected.

    Messages that change in place are not new messages: they notify nobody.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._taken: set[tuple[str, str]] = set()

    def untaken(self, to: "User | Channel | str | None" = None) -> list[Message]:
        """In the order of sending; `to` is a person (direct and ephemeral messages) or a channel."""
        sent = [m for c in self.workspace.channels.values() for m in self.workspace.history(c) if m.by_bot]
        sent += [m for own in self.workspace.ephemerals.values() for m in own]
        left = [
            m for m in sent if (m.channel, m.ts) not in self._taken and (to is None or self._is_to(m, to))
        ]
        return sorted(left, key=lambda m: m.ts)

    def _is_to(self, message: Message, to: "User | Channel | str") -> bool:
        if isinstance(to, str) and (to.startswith("#") or to in self.workspace.channels):
            to = self.workspace.channel(to)
        if isinstance(to, Channel):
            return message.channel == to.id and not message.ephemeral
        return self.recipient(message) == self.workspace.person(to).id

    def recipient(self, message: Message) -> str:
        """A person's id for direct and ephemeral messages, else the channel's."""
        if message.ephemeral:
            return message.only_visible_to
        channel = self.workspace.channels[message.channel]
        return next(m for m in channel.members if m != self.workspace.bot.id) if channel.is_im else channel.id

    def mark(self, messages: list[Message]) -> None:
        self._taken |= {(m.channel, m.ts) for m in messages}

    def take(self, to: "User | Channel | str", *containing: str) -> Message:
        """The first message to this person or channel with all these words; AssertionError when there is none."""
        for message in self.untaken(to):
            if all(piece in words(self.workspace, message) or piece in message.text for piece in containing):
                self.mark([message])
                return message
        raise AssertionError(f"no message to {to} with {containing}; there are:\n" + "\n".join(self.lines()))

    def take_all(self, to: "User | Channel | str | None" = None) -> list[Message]:
        messages = self.untaken(to)
        self.mark(messages)
        return messages

    def lines(self) -> list[str]:
        """What is left, to be read by whoever mends the test."""
        return [self._line(message) for message in self.untaken()]

    def _line(self, message: Message) -> str:
        to = self.recipient(message)
        alone = " (only visible to them)" if message.ephemeral else ""
        return f"to {names(self.workspace).get(to, to)}{alone}: {words(self.workspace, message)!r}"

    def expect_nothing(self) -> None:
        if self.untaken():
            raise AssertionError("messages that nobody expected:\n" + "\n".join(self.lines()))
