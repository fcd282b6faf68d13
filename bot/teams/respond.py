"""A Reply takes the way back to whoever asked.

https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format

Action.Execute is answered in the HTTP response: by a card, which takes the pressed one's place for the presser, or by a toast. All
else, and what the response could not say in time, is a PUT or a POST to the conversation afterwards, once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.messages.model import Form, Message, Text, plain, say
from bot.services.chat import ChatError, Place, Trouble
from bot.services.incoming import Reply
from bot.teams import markdown
from bot.teams.chat import CARD, TeamsChat, readers
from bot.teams.ids import Origin
from bot.teams.parse import Kind, Way
from bot.teams.render import Card, card, cards, headline
from bot.teams.views import form_card, refilled

Body = Mapping[str, Any]

_log = logging.getLogger(__name__)

STILL = "One moment, still saving."
DONE = "Done."
OUTDATED = "This card is no longer in use. Type: help"
FORM_BELOW = "The form is below."
IN_OUR_CHAT = "The answer is in our own chat."
#: Said in a channel to somebody who never added the app for themselves.
ADD_FIRST = (
    "The answer is for you alone, and I cannot write to you yet. Add Pilotlight to your own chats (Apps, Pilotlight, Add), "
    "then ask me there."
)

#: A toast disappears, so it says no more than can be read meanwhile.
_MOST_TOAST = 200
#: A refused connection and a request for patience may be tried again: Teams took nothing.
_TRIES = 3
_MOST_WAIT = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a reply means here, whichever way is open."""

    #: Takes the pressed card's place.
    replace: Card | None = None
    #: Said in passing, where there is a card to say it under.
    toast: str = ""
    #: Changes the message that the form was opened from.
    origin: Card | None = None
    #: New in the conversation.
    posts: tuple[Message | Card, ...] = ()
    to: Place | None = None


class Responder:
    """Answers, by every way there is."""

    def __init__(self, chat: TeamsChat) -> None:
        self._chat = chat

    def plan(self, way: Way, reply: Reply) -> Plan:
        """One reading of a Reply for all ways."""
        if reply.errors:
            return self._errors(way, reply)
        if reply.form is not None:
            return self._form(way, reply.form)
        if reply.message is None:
            return Plan(replace=self._card(way, say(DONE))) if way.submitted else Plan(toast=DONE)
        if way.submitted:
            return self._after_form(way, reply.message, in_place=reply.in_place)
        if reply.in_place and way.pressed:
            return Plan(replace=self._card(way, reply.message))
        if way.kind is Kind.EXECUTE and _is_brief(reply.message):
            return Plan(toast=headline(reply.message))
        toast = markdown.clip(headline(reply.message), _MOST_TOAST) if way.personal else IN_OUR_CHAT
        return Plan(posts=(reply.message,), to=_reader(way), toast=toast)

    def body(self, plan: Plan) -> Body:
        """The response to Execute."""
        return (
            toast(plan.toast or DONE)
            if plan.replace is None
            else {"statusCode": 200, "type": CARD, "value": plan.replace}
        )

    async def after(self, way: Way, plan: Plan, *, answered: bool) -> None:
        """Says what the response could not; `answered`: it has shown the card, or the toast.

        The card is put into the conversation in any case: a response shows it to the presser only, and until they look again.
        """
        if plan.replace is not None and way.pressed:
            shown = plan.replace
            await self._persist(
                lambda: self._chat.put_card(way.place, way.pressed, shown), again=Trouble.UNCERTAIN
            )
        if plan.origin is not None:
            changed = plan.origin
            await self._persist(
                lambda: self._chat.put_card(way.place, way.origin, changed), again=Trouble.UNCERTAIN
            )
        if plan.posts:
            await self._post(way, plan)
        elif plan.toast and not answered and plan.replace is None and way.kind in (Kind.EXECUTE, Kind.SUBMIT):
            await self._post(way, Plan(posts=(say(plan.toast),), to=way.alone))

    # Readings

    def _errors(self, way: Way, reply: Reply) -> Plan:
        form = reply.form or way.form
        if form is None or not way.submitted:
            words = "\n".join(reply.errors.values())
            return self.plan(way, Reply(message=reply.message or say(words)))
        problem = headline(reply.message) if reply.message else ""
        again = refilled(form, way.typed, reply.errors, problem)
        return Plan(replace=self._form_card(way, again, origin=way.origin))

    def _form(self, way: Way, form: Form) -> Plan:
        """In the asker's own chat, as a card of its own: the message that was pressed keeps its other buttons."""
        if way.submitted:
            return Plan(replace=self._form_card(way, form, origin=way.origin))
        # A form in another conversation cannot change this message in place.
        shown = self._form_card(way, form, origin=way.pressed if way.personal else "")
        return Plan(posts=(shown,), to=way.alone, toast=FORM_BELOW if way.personal else IN_OUR_CHAT)

    def _after_form(self, way: Way, message: Message, *, in_place: bool) -> Plan:
        """The form gives way to the answer: what was sent cannot be sent again."""
        if in_place and way.origin:
            return Plan(origin=self._card(way, message), replace=self._card(way, say(headline(message))))
        first, *rest = cards(message, tenant=readers(way.place), stamp=way.stamp)
        return Plan(replace=first, posts=tuple(rest), to=way.alone if rest else None)

    def _card(self, way: Way, message: Message) -> Card:
        return card(message, tenant=readers(way.place), stamp=way.stamp)

    def _form_card(self, way: Way, form: Form, *, origin: str) -> Card:
        tenant = way.place.workspace
        values = {
            field.value[2:-1]
            for field in form.fields
            if field.kind == "person" and field.value.startswith("<@")
        }
        names = {value: name for value in values if (name := self._chat.known.name(tenant, value))}
        return form_card(form, Origin(message=origin, stamp=way.stamp), names=names)

    # Calls

    async def _post(self, way: Way, plan: Plan) -> None:
        place = plan.to or way.alone
        try:
            for shown in plan.posts:
                await self._persist(lambda shown=shown: self._send(way, place, shown))  # type: ignore[misc]
        except ChatError as error:
            if way.personal or error.trouble is not Trouble.RECIPIENT or place == way.place:
                raise
            _log.info("an answer could not be given alone: %s", error.reason)
            await self._persist(lambda: self._chat.send(way.place, say(ADD_FIRST), key=""))

    async def _send(self, way: Way, place: Place, shown: Message | Card) -> None:
        if isinstance(shown, Message):
            await self._chat.send(place, shown, key="", stamp=way.stamp)
        else:
            await self._chat.post_card(place, shown)

    async def _persist(self, call: Callable[[], Awaitable[object]], *, again: Trouble | None = None) -> None:
        """Tries again what Teams has not taken, and (`again`) what is harmless to repeat."""
        for attempt in range(_TRIES):
            try:
                await call()
                return
            except ChatError as error:
                wait = error.retry_after.total_seconds() if error.retry_after else 0.3 * 4**attempt
                hopeful = error.trouble in (Trouble.NOT_CONNECTED, Trouble.LIMITED, again)
                if not hopeful or attempt == _TRIES - 1 or wait > _MOST_WAIT:
                    raise
                await asyncio.sleep(wait)


def toast(words: str) -> Body:
    """https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format"""
    return {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": markdown.label(words, _MOST_TOAST, empty=DONE),
    }


def _reader(way: Way) -> Place:
    """A greeting is for all who can see where the app was added; everything else is for the asker alone."""
    return way.place if way.kind is Kind.ADDED else way.alone


def _is_brief(message: Message) -> bool:
    """A sentence or two and nothing to press."""
    parts = [part for section in message.sections for part in section.parts]
    return (
        all(isinstance(part, Text) for part in parts)
        and sum(len(plain(part.spans)) for part in parts if isinstance(part, Text)) <= _MOST_TOAST
        and message.headline == " ".join(plain(part.spans) for part in parts if isinstance(part, Text))
    )
