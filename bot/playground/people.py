"""The hands of the people in the workspace: what tests, the demo and the page let a person do.

Each method delivers what Slack would deliver and returns what the person then sees.
"""

from typing import Any

from bot.playground.app import SlackApp
from bot.playground.blocks import Element, Json, elements, texts
from bot.playground.deliveries import Deliveries, EventDelivery
from bot.playground.happenings import Happenings, Where, Who
from bot.playground.interactions import Interactions, escaped
from bot.playground.models import Channel, Message, User, View
from bot.playground.payloads import view_json
from bot.playground.responses import Responses
from bot.playground.seen import Glance, Ledger, Seen, words
from bot.playground.state import filled, has_state, mistakes, values
from bot.playground.workspace import Workspace

#: a message, a view, (channel, ts), "modal" for the one on top, "home"
Thing = Message | View | tuple[str, str] | str


class Hands(Happenings):
    def __init__(
        self, app: SlackApp, workspace: Workspace, deliveries: Deliveries, *, patience: float = 1.0
    ) -> None:
        super().__init__(app, workspace, deliveries)
        self.interactions = Interactions(app, workspace)
        self.responses = Responses(app, workspace)
        self.ledger = Ledger(workspace)
        #: real seconds to wait for something to see, where the app answers after its ack
        self.patience = patience

    # typing

    async def command(
        self, who: Who, text: str, channel: Where | None = None, *, patience: float | None = None
    ) -> Seen:
        """`/pilot list mine`, by default in the direct message with the app."""
        user = self._active(who)
        place = self.workspace.channel(channel) if channel is not None else self.workspace.im(user)
        glance = self._glance(user, place)
        name = text.split(maxsplit=1)[0] if text.strip() else ""
        installation = self.app.installation(self.workspace)
        allowed = installation is not None and "commands" in installation.scopes
        if not allowed or (self.app.commands is not None and name not in self.app.commands):
            self.workspace.add_notice(user.id, "invalid_command", f"{name} is not a valid command.", place.id)
            return await self._look(glance, 0, 0.0)
        self.app.delivered_scopes.add("commands")
        url = self.app.new_response_url(self.workspace, channel=place.id, user=user.id, original=None)
        ack = await self.deliveries.form(self.interactions.command_form(user, place, text, url))
        self.responses.command(ack, user, place, name, url)
        return await self._look(glance, ack.status, patience)

    async def type(
        self,
        who: Who,
        where: Where,
        text: str,
        thread_ts: str | None = None,
        *,
        patience: float | None = None,
    ) -> Seen:
        """A plain message; a mention of the app in a channel reaches it as app_mention."""
        user = self._active(who)
        channel = self.workspace.channel(where)
        glance = self._glance(user, channel)
        written = escaped(self.workspace, text, with_names=False)
        message = self.workspace.add_message(channel, user=user.id, text=written, thread_ts=thread_ts or "")
        event: Json = {
            "type": "message",
            "channel": channel.id,
            "user": user.id,
            "text": written,
            "ts": message.ts,
            "event_ts": message.ts,
            "team": self.workspace.team_id,
            "client_msg_id": f"00000000-0000-4000-8000-{message.ts.replace('.', '')[-12:]}",
        }
        if thread_ts:
            event["thread_ts"] = thread_ts
        kind = {"im": "im", "public_channel": "channel", "private_channel": "group"}[channel.type]
        name = {"im": "message.im", "channel": "message.channels", "group": "message.groups"}[kind]
        delivered = None
        if self.workspace.bot.id in channel.members:
            delivered = await self.deliveries.event(event | {"channel_type": kind}, name=name)
            if not channel.is_im and f"<@{self.workspace.bot.id}>" in written:
                delivered = await self.deliveries.event(event | {"type": "app_mention"})
        return await self._look(glance, _status(delivered), patience if delivered else 0.0)

    async def shortcut(self, who: Who, message: Message, callback_id: str) -> Seen:
        """A message shortcut, from the menu of a message."""
        user = self._active(who)
        channel = self.workspace.channels[message.channel]
        glance = self._glance(user, channel)
        url = self.app.new_response_url(self.workspace, channel=channel.id, user=user.id, original=message)
        ack = await self.deliveries.interaction(
            self.interactions.message_shortcut(user, message, callback_id, url)
        )
        self.responses.action(ack, user, channel.id)
        return await self._look(glance, ack.status, None)

    async def global_shortcut(self, who: Who, callback_id: str) -> Seen:
        user = self._active(who)
        glance = self._glance(user, self.workspace.im(user))
        ack = await self.deliveries.interaction(self.interactions.global_shortcut(user, callback_id))
        self.responses.action(ack, user, "")
        return await self._look(glance, ack.status, None)

    # pressing and choosing

    async def press(
        self,
        who: Who,
        thing: Thing,
        button: str,
        *,
        near: str = "",
        confirm: bool = True,
        patience: float | None = None,
    ) -> Seen:
        """A button by its action_id or its text; `near` picks the one at or after the block with these words.

        `confirm=False` presses, then says no in the confirmation dialog: nothing is sent.
        """
        user = self._active(who)
        shown = self._thing(user, thing)
        element = self._element(shown, button, near)
        if not confirm and "confirm" in element.json:
            return await self._look(self._glance(user), 0, 0.0)
        return await self._act(user, shown, element, {}, patience)

    async def choose(
        self,
        who: Who,
        thing: Thing,
        element: str,
        choice: Any,
        *,
        near: str = "",
        patience: float | None = None,
    ) -> Seen:
        """In a menu, overflow, picker, radio buttons or checkboxes: by value, by text, a date, a user's id."""
        user = self._active(who)
        shown = self._thing(user, thing)
        found = self._element(shown, element, near)
        chosen = filled(found.json, self._value(found, choice))
        self._remember(user, shown, found, chosen)
        return await self._act(user, shown, found, chosen, patience)

    async def touch(
        self, who: Who, thing: "Message | View", block_id: str, action_id: str, choice: Any = None
    ) -> Seen:
        """Exactly this element, as the page knows it; `choice` for anything but a button."""
        user = self._active(who)
        for element in elements(thing.blocks):
            if (element.block_id, element.action_id) == (block_id, action_id):
                chosen: Json = (
                    {} if element.type in {"button", "workflow_button"} else filled(element.json, choice)
                )
                self._remember(user, thing, element, chosen)
                return await self._act(user, thing, element, chosen, 0.0)
        raise AssertionError(f"there is no {action_id!r} in block {block_id!r}")

    def put(self, view: View, fields: dict[str, dict[str, Any]]) -> None:
        """What a person has typed into a view, by block_id and action_id; nothing is sent."""
        for element in elements(view.blocks):
            if has_state(element.json) and element.action_id in fields.get(element.block_id, {}):
                chosen = filled(element.json, fields[element.block_id][element.action_id])
                view.values.setdefault(element.block_id, {})[element.action_id] = chosen

    async def _act(
        self, user: User, shown: "Message | View", element: Element, chosen: Json, patience: float | None
    ) -> Seen:
        place = (
            self.workspace.channels[shown.channel] if isinstance(shown, Message) else self.workspace.im(user)
        )
        glance = self._glance(user, place)
        if isinstance(shown, Message):
            url = self.app.new_response_url(self.workspace, channel=place.id, user=user.id, original=shown)
            payload = self.interactions.action_in_message(
                user, shown, element, chosen=chosen, response_url=url
            )
        else:
            payload = self.interactions.action_in_view(user, shown, element, chosen)
        ack = await self.deliveries.interaction(payload)
        self.responses.action(ack, user, place.id)
        return await self._look(glance, ack.status, patience)

    # views

    async def fill(self, who: Who, fields: dict[str, Any], view: View | None = None) -> None:
        """Types into a modal without submitting it; fields by block_id, action_id or label."""
        user = self._active(who)
        form = self._form(user, view)
        for name, value in fields.items():
            element = self._element(form, name, "")
            chosen = filled(element.json, self._value(element, value))
            self._remember(user, form, element, chosen)
            if element.block.get("dispatch_action"):
                await self._act(user, form, element, chosen, 0.0)

    async def submit(
        self,
        who: Who,
        view: View | None = None,
        fields: dict[str, Any] | None = None,
        *,
        force: bool = False,
        patience: float | None = 0.0,
    ) -> Seen:
        """Fills the modal in and submits it. What Slack's own client refuses is not sent, unless forced."""
        user = self._active(who)
        form = self._form(user, view)
        glance = self._glance(user)
        for name, value in (fields or {}).items():
            element = self._element(form, name, "")
            self._remember(user, form, element, filled(element.json, self._value(element, value)))
        form.errors = {} if force else mistakes(form.blocks, values(form.blocks, form.values))
        if form.errors:
            self.workspace.tell("view", user=user.id)
            return await self._look(glance, 0, 0.0)
        ack = await self.deliveries.interaction(self.interactions.submission(user, form))
        self.responses.submission(ack, user, form)
        return await self._look(glance, ack.status, patience)

    async def close(self, who: Who, view: View | None = None, *, everything: bool = False) -> Seen:
        """Cancel, Esc or the cross; `everything` clears the whole stack. Told to the app if it asked (notify_on_close)."""
        user = self._active(who)
        form = self._form(user, view)
        glance = self._glance(user)
        everything = everything or bool(form.payload.get("clear_on_close"))
        closed = self.workspace.clear_views(user.id) if everything else [form]
        self.workspace.close_view(form)
        status = 0
        for one in closed:
            if one.payload.get("notify_on_close"):
                payload = self.interactions.closed(user, one, is_cleared=everything)
                status = (await self.deliveries.interaction(payload)).status
        return await self._look(glance, status, 0.0)

    async def open_home(self, who: Who, *, tab: str = "home", patience: float | None = None) -> Seen:
        """https://docs.slack.dev/reference/events/app_home_opened"""
        user = self._active(who)
        channel = self.workspace.im(user)
        glance = self._glance(user, channel)
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab}
        if tab == "home" and user.id in self.workspace.homes:
            event["view"] = view_json(self.workspace, self.workspace.homes[user.id])
        delivered = await self.deliveries.event(event)
        return await self._look(glance, _status(delivered), patience if delivered else 0.0)

    # looking

    def see(self, who: Who, where: Where | None = None) -> list[Message]:
        """A conversation as this person reads it; their direct message with the app unless said otherwise."""
        user = self.workspace.person(who)
        return self.workspace.seen_by(user, self.workspace.im(user) if where is None else where)

    def last(self, who: Who, where: Where | None = None) -> Message:
        messages = [m for m in self.see(who, where) if m.by_bot]
        if not messages:
            raise AssertionError(
                f"{self.workspace.person(who).real_name} has seen no message of the app there"
            )
        return messages[-1]

    def read(self, shown: "Message | View", *, buttons: bool = True) -> str:
        return words(self.workspace, shown, buttons=buttons)

    async def wait_for(self, to: Where, *containing: str, timeout: float = 60.0) -> Message:  # noqa: ASYNC109 — patience
        """Waits in real time until the app has sent such a message, and takes it."""

        def arrived() -> bool:
            return any(
                all(piece in words(self.workspace, m) or piece in m.text for piece in containing)
                for m in self.ledger.untaken(to)
            )

        await self.workspace.until(arrived, timeout)
        return self.ledger.take(to, *containing)

    def take(self, to: Where, *containing: str) -> Message:
        return self.ledger.take(to, *containing)

    def unexpected(self) -> list[str]:
        """Messages that nobody has taken, one line each."""
        return self.ledger.lines()

    # inside

    def _active(self, who: Who) -> User:
        user = self.workspace.person(who)
        if user.deleted:
            raise AssertionError(f"{user.real_name} is deactivated and cannot do anything")
        return user

    def _glance(self, user: User, *channels: Channel) -> Glance:
        own = self.workspace.find_im(user.id)
        places = {channel.id: channel for channel in (*channels, *([own] if own else []))}
        return Glance(self.workspace, user, list(places.values()))

    async def _look(self, glance: Glance, status: int, patience: float | None) -> Seen:
        wait = self.patience if patience is None else patience
        if wait and not glance.changed():
            await self.workspace.until(glance.changed, wait)
        seen = glance.since()
        seen.status = status
        self.ledger.mark([*seen.messages, *seen.ephemerals])
        return seen

    def _thing(self, user: User, thing: Thing) -> "Message | View":
        if isinstance(thing, (Message, View)):
            return thing
        if thing == "modal":
            return self._form(user, None)
        if thing == "home":
            return self.workspace.homes[user.id]
        if isinstance(thing, str):
            raise TypeError(f"{thing!r} is neither 'modal' nor 'home'")
        message = self.workspace.find_message(self.workspace.channel(thing[0]).id, thing[1], seen_by=user.id)
        if message is None:
            raise AssertionError(f"{user.real_name} sees no message {thing}")
        return message

    def _form(self, user: User, view: View | None) -> View:
        form = view or self.workspace.top_view(user)
        if form is None:
            raise AssertionError(f"{user.real_name} has no form open")
        return form

    def _element(self, shown: "Message | View", wanted: str, near: str) -> Element:
        """By action_id, block_id or label."""
        from_index = 0
        if near:
            places = [i for i, block in enumerate(shown.blocks) if near in "\n".join(texts([block]))]
            if not places:
                raise AssertionError(f"no block says {near!r}:\n{self.read(shown)}")
            from_index = places[0]
        for element in elements(shown.blocks):
            if element.index >= from_index and wanted in (element.action_id, element.block_id, element.label):
                return element
        there = [f"{e.label} ({e.action_id})" for e in elements(shown.blocks)]
        raise AssertionError(f"there is no {wanted!r} to touch; there is {there}")

    def _value(self, element: Element, value: Any) -> Any:
        """People may be named by handle, channels by #name."""
        if isinstance(value, User):
            return value.id
        if isinstance(value, Channel):
            return value.id
        if (
            element.type == "users_select"
            and isinstance(value, str)
            and value
            and value not in self.workspace.users
        ):
            return self.workspace.person(value).id
        return value

    def _remember(self, user: User, shown: "Message | View", element: Element, chosen: Json) -> None:
        if not has_state(element.json):
            return
        kept = shown.values if isinstance(shown, View) else shown.choices.setdefault(user.id, {})
        kept.setdefault(element.block_id, {})[element.action_id] = chosen


def _status(delivery: EventDelivery | None) -> int:
    return delivery.attempts[-1].status if delivery else 0
