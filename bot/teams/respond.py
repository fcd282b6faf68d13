"""A Reply takes the way back to whoever asked.

https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format

Action.Execute is answered in the HTTP response: by a card, which takes the pressed one's place, or by a toast under it. Whatever the
response could not say follows as a PUT or a POST to the conversation, once.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.messages.model import Form, Message, Text, plain, say
from bot.messages.text import clip
from bot.services.chat import ChatError
from bot.services.incoming import Reply
from bot.teams import markdown
from bot.teams.chat import CARD, TeamsChat, readers
from bot.teams.ids import Origin
from bot.teams.outlets import Outlets
from bot.teams.render import Card, card, cards, headline
from bot.teams.views import form_card, refilled
from bot.teams.ways import Kind, Way

Body = Mapping[str, Any]

STILL = "One moment, still saving."
DONE = "Done."
OUTDATED = "This card is no longer in use. Type: help"
FORM_BELOW = "The form is below."
IN_OUR_CHAT = "The answer is in our own chat."

#: A toast disappears, so it says no more than can be read meanwhile.
_MOST_TOAST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a reply means here, whichever way is still open."""

    #: Takes the pressed card's place.
    replace: Card | None = None
    #: Takes the place of the message that the form was opened from.
    origin: Card | None = None
    #: New in the conversation.
    posts: tuple[Message | Card, ...] = ()
    #: Said under the pressed card, while there is somebody looking at it.
    toast: str = ""
    #: Whether the toast is all there is to say.
    brief: bool = False


class Responder:
    """Decides where a Reply goes."""

    def __init__(self, chat: TeamsChat) -> None:
        self._known = chat.known
        self._out = Outlets(chat)

    def plan(self, way: Way, reply: Reply) -> Plan:
        """One reading of a Reply for all ways."""
        form = reply.form or way.form
        if reply.errors and way.submitted and form is not None:
            problem = headline(reply.message) if reply.message else ""
            again = refilled(form, way.filled, reply.errors, problem)
            return Plan(replace=self._form_card(way, again, origin=way.origin, kept=form))
        if reply.form is not None and way.submitted:
            return Plan(replace=self._form_card(way, reply.form, origin=way.origin))
        if reply.form is not None:
            return self._new_form(way, reply.form)
        message = reply.message or (say("\n".join(reply.errors.values())) if reply.errors else None)
        if message is None:
            return Plan()
        if way.submitted:
            return self._after_form(way, message, in_place=reply.in_place)
        if reply.in_place and way.pressed:
            return Plan(replace=self._card(way, message))
        if way.press and _is_brief(message):
            return Plan(posts=(message,), toast=headline(message), brief=True)
        toast = clip(headline(message), _MOST_TOAST) if way.personal else IN_OUR_CHAT
        return Plan(posts=(message,), toast=toast)

    def body(self, plan: Plan) -> Body:
        """The response to Execute."""
        if plan.replace is None:
            return toast(plan.toast)
        return {"statusCode": 200, "type": CARD, "value": plan.replace}

    async def after(self, way: Way, plan: Plan, *, answered: bool) -> None:
        """Says what the response could not; `answered`: it has said the toast. One that fails does not keep back the next.

        Raises:
            ChatError: the first that failed.

        """
        failed: ChatError | None = None
        for say_it in self._steps(way, plan, answered=answered):
            try:
                await say_it()
            except ChatError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def _steps(self, way: Way, plan: Plan, *, answered: bool) -> Iterator[Callable[[], Awaitable[None]]]:
        if plan.replace is not None and way.pressed:
            yield partial(self._out.in_place, way, way.pressed, plan.replace)
        if plan.origin is not None:
            yield partial(self._out.in_place, way, way.origin, plan.origin)
        for shown in () if plan.brief and answered else plan.posts:
            if way.kind is Kind.ADDED:
                yield partial(self._out.send, way.place, shown, way.stamp)  # a greeting is for all who see it
            else:
                yield partial(self._out.alone, way, shown)

    def _new_form(self, way: Way, form: Form) -> Plan:
        """A card of its own, in the asker's own chat: the message that was pressed keeps its other buttons."""
        # From another conversation a form could not change this message in place.
        shown = self._form_card(way, form, origin=way.pressed if way.personal else "")
        return Plan(posts=(shown,), toast=FORM_BELOW if way.personal else IN_OUR_CHAT)

    def _after_form(self, way: Way, message: Message, *, in_place: bool) -> Plan:
        """The form gives way to the answer: what was sent cannot be sent again."""
        if in_place and way.origin:
            return Plan(origin=self._card(way, message), replace=self._card(way, say(headline(message))))
        first, *rest = cards(message, tenant=readers(way.place), stamp=way.stamp)
        return Plan(replace=first, posts=tuple(rest))

    def _card(self, way: Way, message: Message) -> Card:
        return card(message, tenant=readers(way.place), stamp=way.stamp)

    def _form_card(self, way: Way, form: Form, *, origin: str, kept: Form | None = None) -> Card:
        """With the names of the people whose ids stand in it, as far as we met them."""
        values = (field.value for field in form.fields if field.kind == "person")
        people = {value[2:-1] for value in values if value.startswith("<@")}
        names = {one: name for one in people if (name := self._known.name(way.place.workspace, one))}
        return form_card(form, Origin(message=origin, stamp=way.stamp), names=names, kept=kept)


def toast(words: str) -> Body:
    """A line under the pressed card; it does not stay."""
    return {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": markdown.label(words, _MOST_TOAST, empty=DONE),
    }


def _is_brief(message: Message) -> bool:
    """A sentence or two, nothing to press, and nothing that the headline does not say."""
    parts = [part for section in message.sections for part in section.parts]
    said = " ".join(plain(part.spans) for part in parts if isinstance(part, Text))
    return (
        all(isinstance(part, Text) for part in parts)
        and len(said) <= _MOST_TOAST
        and said == message.headline
    )
