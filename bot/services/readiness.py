"""The three checklists: ticking an item, putting it off, seeing what is open."""

import re

from bot.domain import commands, evidence
from bot.domain.errors import UserError
from bot.domain.pilot import Pilot
from bot.domain.readiness import DONE_MEANS, ITEMS, Standing, evidence_of, standings
from bot.domain.record import Item, Status
from bot.domain.roles import Action
from bot.domain.tables import item_codes
from bot.messages import forms, pilot_card
from bot.messages.figures import upper_first
from bot.messages.model import Form
from bot.services import answers, find, look
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, people, pilots, record
from storage.asks import Ask

_STATES = {"done": "done", "open": "open", "na": "not applicable"}


def set_item(context: Context, command: commands.SetItem, ask: Ask | None = None) -> Reply:
    """Ticks an item, opens it again, or sets it aside with a reason; whoever was asked about it is answered.

    Raises:
        UserError: no such item, a reason is missing, or the evidence does not say what it must.

    """
    pilot = find.pilot(context, command.name)
    if ask is None or ask.person_id != context.actor.id:
        context.require(Action.CHECK_IN, pilot)
    code, note = command.code.upper(), command.note.strip()
    if code not in ITEMS:
        raise UserError(
            f"There is no item {code}. The items are I1–I8, D1–D7 and O1–O8: see them with: ready {pilot.name}"
        )
    if not pilot.stage.running:
        raise UserError(f"{pilot.name} has ended as {pilot.stage}; its checklists rest.")
    if command.state == "na" and not note:
        raise UserError(
            f"Why does {code} not apply? For example: item {pilot.name} {code} na no personal data",
            field="evidence",
        )
    stands = standing_of(context, pilot, code)
    if command.state == "done" and stands.state == "done" and stands.item and stands.item.automatic:
        return _answered(
            context, pilot, code, f"{code} is done already, by evidence: nothing has to be told."
        )
    said = tick(context, pilot, code, command.state, note)
    return _answered(context, pilot, code, said)


def standing_of(context: Context, pilot: Pilot, code: str) -> Standing:
    """One item as it stands today."""
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    return standings(evidence_of(pilot, its), context.today, context.calendar)[code]


def tick(context: Context, pilot: Pilot, code: str, state: str, note: str) -> str:
    """Writes one row of a checklist, and its entry; returns the line that says what changed.

    Raises:
        UserError: the evidence does not say what it must.

    """
    known = standing_of(context, pilot, code)
    if code == "O3" and state == "open" and (told := _grown(known, note)) is not None:
        state, note = "open" if evidence.overtaken(told) else "done", told
    if state == "done" and (wanted := evidence.wanted(code, note)) is not None:
        question, example = wanted
        raise UserError(f"{question} Example: item {pilot.name} {code} done {example}", field="evidence")
    if state == "done" and evidence.falls_short(code, note):
        # What was told is kept; that it is done would not be true.
        state = "open"
    item = Item(code=code, state=state, on=context.today, by=context.actor.id, evidence=note)
    record.set_item(context.conn, context.workspace.id, pilot.id, item)
    context.note(pilot, Status.ITEM, f"{code} {_STATES[state]}" + (f": {note}" if note else ""))
    return _said(context, pilot, code)


def _grown(known: Standing, note: str) -> str | None:
    """The training as it was told, with the number of users there are by now; None: the note tells something else."""
    users, item = evidence.users_of(note), known.item
    if users is None or item is None or item.state == "na" or evidence.training(note) is not None:
        return None
    if evidence.training(item.evidence) is None or evidence.falls_short("O3", item.evidence):
        return None
    told = re.sub(r";\s*\d+ users now$", "", item.evidence)
    return f"{told}; {users} users now"


def _said(context: Context, pilot: Pilot, code: str) -> str:
    """What an item is now, and what that is worth."""
    stands = standing_of(context, pilot, code)
    called = f"{code} ({ITEMS[code]})"
    short = evidence.falls_short(code, stands.item.evidence) if stands.item is not None else ""
    if stands.state == "open" and (stands.reopened or short):
        return f"{called} stays open: {stands.reopened or short}."
    match stands.state:
        case "done":
            until = f" It stands until {_day(stands)}." if stands.expires_on else ""
            return (
                f"{called} is done. On your word it counts a half; what a machine shows counts whole.{until}"
            )
        case "na":
            return f"{called} is not applicable."
        case _:
            return f"{called} is open."


def _day(stands: Standing) -> str:
    on = stands.expires_on
    return f"{on.day} {on:%b %Y}" if on else ""


def _answered(context: Context, pilot: Pilot, code: str, line: str) -> Reply:
    """Shows it where it was asked, and looks again at the pilot."""
    open_asks = [
        ask
        for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
        if ask.kind == "item" and ask.details.get("code") == code
    ]
    if not open_asks:
        look.look_now(context.conn, context.workspace, [pilot.id], context.now)
    reply = answers.settle(context, pilot, open_asks, line) if open_asks else Reply()
    return reply if reply.message is not None else told(f"{pilot.name}: {line}")


def pressed(context: Context, ask: Ask, state: str) -> Reply:
    """[Done] [Not applicable] [Later] under a check-in: a form opens where words are needed."""
    pilot, code = find.pilot(context, ask.pilot_id), str(ask.details.get("code", ""))
    if state == "later":
        if ask.person_id != context.actor.id:
            context.require(Action.CHECK_IN, pilot)
        asks.note(context.conn, context.workspace.id, ask, later="yes")
        return answers.settle(context, pilot, [ask], f"{code} later: asked again with another check-in.")
    if state == "na" or (state == "done" and evidence.wanted(code, "") is not None):
        return Reply(form=form(pilot, code, state, ask.id))
    return set_item(context, commands.SetItem(name=pilot.id, code=code, state=state), ask)


def form(pilot: Pilot, code: str, state: str, ask: str = "") -> Form:
    """The form of one item: what shows that it is done, or why it does not apply."""
    wanted = evidence.wanted(code, "")
    hint = (
        f"For example: {wanted[1]}" if wanted and state == "done" else upper_first(DONE_MEANS.get(code, ""))
    )
    return forms.item(pilot, code=code, title=ITEMS.get(code, ""), state=state, hint=hint, ask=ask)


_LATER = re.compile(r"(?:later|not yet|not now|open|no)\b[\s.!]*$", re.IGNORECASE)
_NOT = re.compile(
    r"(?:n/?a\b|not applicable\b|does not apply\b)[\s:,.–—-]*(?:because\b[\s:,]*)?", re.IGNORECASE
)
_DONE = re.compile(r"(?:done|ticked|yes)\b[\s:,.–—-]*", re.IGNORECASE)


def read(text: str) -> tuple[str, str]:
    """A typed answer to one item: its state (done, na, later) and its words; a bare link or number is evidence."""
    text = text.strip()
    if not text or _LATER.match(text):
        return "later", ""
    for pattern, state in ((_NOT, "na"), (_DONE, "done")):
        head = pattern.match(text)
        if head is not None:
            return state, text[head.end() :].strip()
    return "done", text


def typed(context: Context, pilot: Pilot, text: str) -> Reply | None:
    """A reply that begins with an item's code, such as ``I6 done LINK``; None: it does not."""
    found = item_codes(text)
    if found is None or len(found[0]) != 1 or not found[1]:
        return None
    [code], words = found
    state, note = read(words)
    if state == "later":
        return None if not _LATER.match(words) else _put_off(context, pilot, code)
    return set_item(
        context,
        commands.SetItem(name=pilot.id, code=code, state=state, note=note),
        _asked(context, pilot, code),
    )


def _asked(context: Context, pilot: Pilot, code: str) -> Ask | None:
    mine = [
        ask
        for ask in asks.open_of_pilot(context.conn, context.workspace.id, pilot.id)
        if ask.kind == "item" and ask.details.get("code") == code and ask.person_id == context.actor.id
    ]
    return mine[0] if mine else None


def _put_off(context: Context, pilot: Pilot, code: str) -> Reply | None:
    ask = _asked(context, pilot, code)
    if ask is None:
        return None
    reply = pressed(context, ask, "later")
    return reply if reply.message is not None else told(f"{pilot.name}: {code} later.")


def of_check_in(context: Context, pilot: Pilot, code: str, text: str) -> None:
    """The one item of a check-in's form: ticked, set aside, or left for another check-in.

    Raises:
        UserError: on the field, where the words do not say what they must.

    """
    state, note = read(text)
    if state == "later":
        return
    ask = _asked(context, pilot, code)
    try:
        set_item(context, commands.SetItem(name=pilot.id, code=code, state=state, note=note), ask)
    except UserError as error:
        raise UserError(error.text, field="extra") from error


def ready(context: Context, name: str) -> Reply:
    """Every item with its state, and the weakest of the three lists."""
    pilot = find.pilot(context, name)
    _, its = pilots.load(context.conn, context.workspace.id, [pilot.id])[pilot.id]
    names = {one.id: one.name for one in people.all_of(context.conn, context.workspace.id).values()}
    return Reply(
        message=pilot_card.checklist(pilot, its, today=context.today, calendar=context.calendar, people=names)
    )
