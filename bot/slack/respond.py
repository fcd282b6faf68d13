"""A Reply takes the way back to whoever asked.

https://docs.slack.dev/interactivity/handling-user-interaction

Slack reads the body of its answer after a command and after a form, and nowhere else. So a Reply is either that body, in time, or
a call after the answer has gone out, and never both.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from bot.messages.model import Button, Message, Press, say
from bot.services.chat import ChatError
from bot.services.incoming import Reply
from bot.slack import views
from bot.slack.chat import SlackChat
from bot.slack.outlets import Outlets
from bot.slack.render import drawn, render
from bot.slack.ways import SAY, Kind, Way

Body = Mapping[str, Any]

_log = logging.getLogger(__name__)

STILL = "One moment, still saving."
LOOKING = "One moment, looking this up."
SAVING = "Saving…"
DONE = "Done."
NO_FORM = "The form could not be opened: Slack gives three seconds for it. Please try once more."
HERE = "This needs a form. Open it here:"
OPEN = "Open the form"
#: Rendered messages at hand.
_MOST_KEPT = 64


class Responder:
    """Decides where a Reply goes."""

    def __init__(self, chat: SlackChat) -> None:
        self._out = Outlets(chat)
        self._last: dict[tuple[int, str], tuple[Message, str]] = {}

    # In time: the body of the answer

    def body(self, way: Way, reply: Reply) -> str | None:
        """The answer's body, where Slack reads one and it says it all; empty: nothing is to be said; None: `after` says it."""
        match way.kind:
            case Kind.COMMAND:
                return self._to_command(way, reply)
            case Kind.SUBMIT:
                return _to_form(way, reply)
            case Kind.QUIET:
                return ""
        return None if _says(reply) or reply.form is not None else ""

    def _to_command(self, way: Way, reply: Reply) -> str | None:
        """A drawing goes the other way until Slack has taken one there: from a body it would not tell us that it refused it.

        Where there is no other way than the body, the same facts in words.
        """
        if reply.form is not None:
            return None
        if not _says(reply):
            return ""
        message = _message(reply)
        if not self._out.draws(way.team, drawn(message)):
            return None if way.response_url else _alone(message, way.team, fallback=True)
        return self._written(message, way.team)

    def _written(self, message: Message, team: str) -> str:
        """The message as Slack wants it. One that is said again, unchanged, is not rendered again."""
        known = self._last.get((id(message), team))
        if known is not None:
            return known[1]
        if len(self._last) >= _MOST_KEPT:
            self._last.clear()
        body = _alone(message, team)
        self._last[id(message), team] = (message, body)  # the message too: while it lives, its id is its own
        return body

    def holding(self, way: Way) -> str:
        """What is answered when it takes longer than people wait without a sign."""
        match way.kind:
            case Kind.COMMAND:
                return _alone(say(STILL), way.team)
            case Kind.SUBMIT:
                return _update(views.waiting(SAVING))
        return ""

    # Afterwards: calls of the Web API

    async def hold(self, way: Way) -> None:
        """A sign of life for a press that takes long: the answer to a press has no body to say it in."""
        if way.kind in (Kind.PRESS, Kind.SHORTCUT) and way.response_url:
            await self._out.alone(way, say(STILL))

    async def open_ahead(self, way: Way) -> str:
        """Opens a modal before anything is read; its id, empty where Slack did not open it."""
        try:
            return await self._out.open(way, views.waiting(LOOKING))
        except ChatError as error:
            _log.warning("a modal was not opened ahead: %s", error.reason)
            return ""

    async def after(self, way: Way, reply: Reply, *, late: bool = False) -> None:
        """Says what the body could not. `late`: the body has gone out, with a sign of life."""
        if way.kind is Kind.SUBMIT:
            await self._after_form(way, reply, late=late)
        elif reply.form is not None:
            await self._open(way, reply)
        elif _says(reply):
            await self._say(way, reply)

    async def into(self, view: str, way: Way, reply: Reply) -> None:
        """Fills the modal that was opened ahead."""
        if reply.form is not None:
            await self._out.fill(way, view, views.modal(reply.form, team=way.team, origin=way.origin))
            return
        message = _message(reply)
        if _changes_origin(way, reply):
            await self._out.in_place(way, message)
            message = say(DONE)
        await self._out.fill(way, view, views.notice(message, team=way.team))

    async def _after_form(self, way: Way, reply: Reply, *, late: bool) -> None:
        """In time, the form is closed by now and only the message it came from changes; late, it shows "Saving…"."""
        if _changes_origin(way, reply):
            await self._out.in_place(way, _message(reply))
            reply = Reply()
        if not late:
            return
        if reply.errors and way.inputs:
            again = views.with_errors(way.form, views.errors(reply.errors, way.inputs))
            await self._out.fill(way, way.view, again)
        else:
            await self.into(way.view, way, reply)

    async def _open(self, way: Way, reply: Reply) -> None:
        """With the trigger; where there is none (typed words) or it has run out, behind a button that brings a new one."""
        assert reply.form is not None
        view = views.modal(reply.form, team=way.team, origin=way.origin)
        if way.kind is Kind.MODAL_PRESS:
            await self._out.fill(way, way.view, view)
            return
        if way.trigger:
            try:
                await self._out.open(way, view)
                return
            except ChatError as error:
                _log.warning("a form was not opened: %s", error.reason)
        await self._say(way, Reply(message=_button_to_form(way)))

    async def _say(self, way: Way, reply: Reply) -> None:
        message = _message(reply)
        if _changes_origin(way, reply):
            await self._out.in_place(way, message)
            return
        match way.kind:
            case Kind.HOME:
                await self._out.publish(way, message)
            case Kind.HOME_PRESS if reply.in_place:
                await self._out.publish(way, message)
            case Kind.HOME_PRESS:
                await self._beside_home(way, message)
            case Kind.MODAL_PRESS:
                await self._out.fill(way, way.view, views.notice(message, team=way.team))
            case Kind.WORDS:
                await self._out.send(way, message)
            case Kind.MENTION:
                await self._out.tell(way, message)
            case _:
                await self._out.alone(way, message)

    async def _beside_home(self, way: Way, message: Message) -> None:
        """The Home tab has no place for the answer to one press: a modal, or our direct messages once the trigger has run out."""
        try:
            await self._out.open(way, views.notice(message, team=way.team))
        except ChatError:
            await self._out.send(way, message)


def _alone(message: Message, team: str, *, fallback: bool = False) -> str:
    """For the asker alone; `fallback` puts a drawing into words."""
    return json.dumps({"response_type": "ephemeral", **render(message, team=team, fallback=fallback)})


def _to_form(way: Way, reply: Reply) -> str | None:
    """https://docs.slack.dev/surfaces/modals#handling_submissions: errors, update, or an empty body, which closes."""
    if reply.errors and way.inputs:
        return json.dumps({"response_action": "errors", "errors": views.errors(reply.errors, way.inputs)})
    if reply.form is not None:
        return _update(views.modal(reply.form, team=way.team, origin=way.origin))
    if _changes_origin(way, reply):
        return None
    return _update(views.notice(_message(reply), team=way.team)) if _says(reply) else ""


def _says(reply: Reply) -> bool:
    return reply.message is not None or bool(reply.errors)


def _message(reply: Reply) -> Message:
    """The reply as a message; errors of a form that is not open any more are sentences."""
    return reply.message or say("\n".join(reply.errors.values()) or DONE)


def _changes_origin(way: Way, reply: Reply) -> bool:
    return reply.in_place and reply.message is not None and bool(way.origin.message)


def _update(view: Body) -> str:
    return json.dumps({"response_action": "update", "view": view})


def _button_to_form(way: Way) -> Message:
    """The typed words behind a button, whose press brings a fresh trigger."""
    if not way.typed:
        return say(NO_FORM)
    press = Press(verb=SAY, args={"text": way.typed[:1500]})
    return say(HERE, buttons=(Button(label=OPEN, press=press, style="primary"),))
