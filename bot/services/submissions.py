"""What each form means once it is sent: fields as strings, read here, errors on the field they belong to."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.record import ANSWERS, Status
from bot.domain.typed import typed_date, typed_number
from bot.messages.text import to_type
from bot.services import (
    checkins,
    deciding,
    decisions,
    find,
    handovers,
    home,
    matching,
    postponing,
    privacy,
    promises,
    pulses,
    readiness,
    register,
    settings,
    stages,
)
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import asks

_Values = Mapping[str, str]
_T = TypeVar("_T")


def submit(context: Context, command: commands.Submitted) -> Reply:
    """One form.

    Raises:
        UserError: with the field it belongs to; the form stays open with what was typed.

    """
    verb = _VERBS.get(command.verb)
    if verb is None:
        raise UserError(
            f"That form is from an older version. Open it again with {to_type('new')} or from the newest message."
        )
    return verb(context, command.args, command.fields)


def _day(context: Context, fields: _Values, name: str, *, future: bool = False) -> date | None:
    text = fields.get(name, "").strip()
    return _on_field(name, lambda: typed_date(text, context.today, future=future)) if text else None


def _needed_day(context: Context, fields: _Values, name: str) -> date:
    day = _day(context, fields, name, future=True)
    if day is None:
        raise UserError("Pick a day.", field=name)
    return day


def _number(fields: _Values, name: str) -> Decimal | None:
    text = fields.get(name, "").strip()
    return _on_field(name, lambda: typed_number(text)) if text else None


def _on_field(name: str, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except UserError as error:
        raise UserError(error.text, field=name) from error


def _pilot(context: Context, args: _Values) -> str:
    """The pilot a form is about: by its id, or by the ask it was opened from."""
    if args.get("pilot"):
        return args["pilot"]
    ask = asks.get(context.conn, context.workspace.id, args.get("ask", ""))
    if ask is None:
        raise UserError(f"That question is gone. Type {to_type('home')} to see what is open now.")
    return ask.pilot_id


def _register(context: Context, args: _Values, fields: _Values) -> Reply:
    return register.register(
        context,
        commands.Register(
            name=fields.get("name", ""),
            outcome=fields.get("outcome", ""),
            sponsor=fields.get("sponsor", ""),
            backup=fields.get("backup", ""),
            department=fields.get("department", ""),
            choice=args.get("choice", ""),
            form=True,
        ),
    )


def _metric(context: Context, args: _Values, fields: _Values) -> Reply:
    return register.set_metric(context, _pilot(context, args), fields.get("outcome", ""))


def _check_in(context: Context, args: _Values, fields: _Values) -> Reply:
    status = fields.get("status", "")
    if status and status not in set(ANSWERS):
        raise UserError("Pick what happened since last time.", field="status")
    if fields.get("extra", "").strip() and args.get("item"):
        pilot = find.pilot(context, _pilot(context, args))
        readiness.of_check_in(context, pilot, args["item"], fields["extra"])
    return checkins.check_in(
        context,
        commands.CheckIn(
            name=_pilot(context, args),
            value=_number(fields, "value"),
            status=Status(status) if status else None,
            text=fields.get("text", "").strip(),
            holder=fields.get("holder", ""),
            holder_by=_day(context, fields, "holder_by"),
            no_number=fields.get("no_number", ""),
            ask=args.get("ask", ""),
            form=True,
        ),
    )


def _retire(context: Context, args: _Values, fields: _Values) -> Reply:
    if not fields.get("learning", "").strip():
        raise UserError("One sentence: we learned that …", field="learning")
    return decisions.retire(
        context,
        commands.Retire(
            name=_pilot(context, args),
            cause=fields.get("cause", ""),
            learning=fields["learning"].strip(),
            retry_when=fields.get("retry_when", "").strip(),
            reuse=fields.get("reuse", "").strip(),
            switched_off=fields.get("switched_off", "").strip(),
            ask=args.get("ask", ""),
        ),
    )


def _pause(context: Context, args: _Values, fields: _Values) -> Reply:
    until = _needed_day(context, fields, "until")
    command = commands.PausePilot(
        name=_pilot(context, args),
        until=until,
        reason=fields.get("reason", "").strip(),
        ask=args.get("ask", ""),
    )
    return decisions.pause(context, command)


def _snooze(context: Context, args: _Values, fields: _Values) -> Reply:
    days = _number(fields, "days") or Decimal(0)
    command = commands.SnoozePilot(
        name=_pilot(context, args),
        days=int(days),
        reason=fields.get("reason", "").strip(),
        ask=args.get("ask", ""),
    )
    return checkins.snooze(context, command)


def _handover(context: Context, args: _Values, fields: _Values) -> Reply:
    if not fields.get("to", "").strip():
        raise UserError("Pick the person who should take it over.", field="to")
    command = commands.Handover(name=_pilot(context, args), to=fields["to"], ask=args.get("ask", ""))
    return handovers.hand_over(context, command)


def _keep(context: Context, args: _Values, fields: _Values) -> Reply:
    pilot = find.pilot(context, _pilot(context, args))
    until = _needed_day(context, fields, "until")
    owner = find.person(context, fields["owner"], field="owner") if fields.get("owner") else pilot.owner
    if owner is None:
        raise UserError("Keeping it needs a named owner.", field="owner")
    return decisions.keep(context, pilot, until=until, owner=owner)


def _wrong(context: Context, args: _Values, fields: _Values) -> Reply:
    ask = asks.get(context.conn, context.workspace.id, args.get("ask", ""))
    if ask is None:
        raise UserError(f"That question is gone. Type {to_type('home')} to see what is open now.")
    if not fields.get("because", "").strip():
        raise UserError("Say in a few words what was wrong.", field="because")
    return checkins.wrong(context, ask, fields["because"].strip())


def _item(context: Context, args: _Values, fields: _Values) -> Reply:
    ask = asks.get(context.conn, context.workspace.id, args.get("ask", "")) if args.get("ask") else None
    command = commands.SetItem(
        name=_pilot(context, args),
        code=args.get("code", ""),
        state=args.get("state", "done"),
        note=fields.get("evidence", "").strip(),
    )
    return readiness.set_item(context, command, ask)


def _decide(context: Context, args: _Values, fields: _Values) -> Reply:
    ask = asks.get(context.conn, context.workspace.id, args.get("ask", ""))
    if ask is None or ask.state not in asks.OPEN:
        raise UserError(f"That question is settled already. Type {to_type('home')} to see what is open now.")
    promised = []
    for number in ("1", "2"):
        what = fields.get(f"promise_{number}", "").strip()
        by = _day(context, fields, f"promise_{number}_by", future=True)
        if what and by is None:
            raise UserError("A promise has a date. By when?", field=f"promise_{number}_by")
        if by is not None and not what:
            raise UserError("What is owed by then?", field=f"promise_{number}")
        if by is not None and by <= context.today:
            raise UserError("That day is not ahead. By when?", field=f"promise_{number}_by")
        if by is not None:
            promised.append((what, by))
    return deciding.decide(
        context,
        ask,
        back=fields.get("outcome") == "back",
        reason=fields.get("reason", "").strip(),
        promised=promised,
    )


def _promise(context: Context, args: _Values, fields: _Values) -> Reply:
    return postponing.move(
        context,
        commands.PromiseMoved(
            name=_pilot(context, args),
            until=_needed_day(context, fields, "until"),
            reason=fields.get("reason", "").strip(),
            ask=args.get("ask", ""),
        ),
    )


def _kept(context: Context, args: _Values, fields: _Values) -> Reply:
    ask = asks.get(context.conn, context.workspace.id, args.get("ask", "")) if args.get("ask") else None
    return promises.brought(context, _pilot(context, args), ask, fields)


def _gate(gate: str) -> Callable[[Context, _Values, _Values], Reply]:
    def passed(context: Context, args: _Values, fields: _Values) -> Reply:
        return stages.submit_gate(context, _pilot(context, args), gate, fields)

    return passed


_VERBS: dict[str, Callable[[Context, _Values, _Values], Reply]] = {
    "register": _register,
    "metric": _metric,
    "checkin": _check_in,
    "retire": _retire,
    "pause": _pause,
    "snooze": _snooze,
    "handover": _handover,
    "keep": _keep,
    "wrong": _wrong,
    "g2": _gate("G2"),
    "g3": _gate("G3"),
    "g4": _gate("G4"),
    "g5": _gate("G5"),
    "promise": _promise,
    "kept": _kept,
    "item": _item,
    "decide": _decide,
    "erase_me": privacy.erase_me,
    "erase_person": privacy.erase_person,
    "erase_workspace": privacy.erase_workspace,
    "settings": settings.save,
    "settings_hours": settings.save_hours,
    "settings_rhythm": settings.save_rhythm,
    "settings_ladder": settings.save_ladder,
    "settings_people": settings.save_people,
    "settings_match": matching.save,
    "wishes": home.save_wishes,
    "log": pulses.save,
}
