"""What an admin sets from chat, each part by its form; and the export. Every change is on the audit record, old and new."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from pydantic import ValidationError

from bot.domain.calendar import public_holidays, zone_named
from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.domain.roles import Action
from bot.domain.stages import RUNNING, Rules
from bot.messages import replies, setting_forms
from bot.messages.dates import STYLES
from bot.messages.model import dump
from bot.messages.setting_forms import WEEKDAYS
from bot.services import find, matching
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, outbox, people, pilots, workspaces
from storage.workspaces import Settings

_Fields = Mapping[str, str]
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_WORDS = re.compile(r"[^\W\d_]+")


def form(context: Context, section: str = "") -> Reply:
    """One part of the settings, filled with what holds now.

    Raises:
        UserError: somebody who may not configure.

    """
    context.require(Action.CONFIGURE)
    now = context.workspace.settings
    match section:
        case "hours":
            return Reply(
                form=setting_forms.hours(
                    now.quiet_hours(),
                    date_style=now.date_style,
                    currency=now.currency,
                    keep_days=now.keep_messages_days,
                )
            )
        case "rhythm":
            return Reply(form=setting_forms.rhythm(context.rules))
        case "ladder":
            return Reply(form=setting_forms.ladder(context.rules))
        case "people":
            return _people_form(context)
        case "match":
            return Reply(form=setting_forms.match(matching.unmatched(context)))
    return Reply(
        form=setting_forms.days(
            zone=now.zone,
            weekdays=now.weekdays,
            country=now.country or "",
            region=now.region or "",
            digest_channel=now.digest_channel,
            digest_weekday=now.digest_weekday,
            digest_time=now.digest_time,
        )
    )


def save(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - the shape of every form
    """Days and digest.

    Raises:
        UserError: on the field it belongs to.

    """
    context.require(Action.CONFIGURE)
    zone, country, region = (fields.get(name, "").strip() for name in ("zone", "country", "region"))
    try:
        zone_named(zone)
    except ValueError as error:
        raise UserError(str(error), field="zone") from error
    if region and not country:
        raise UserError("A region belongs to a country: name that first, for example DE.", field="country")
    if country:
        try:
            public_holidays(country.upper(), region.upper() or None, context.today.year)
        except ValueError as error:
            raise UserError(str(error), field="region" if region else "country") from error
    weekday = fields.get("digest_weekday", "").strip().capitalize()
    if weekday not in WEEKDAYS:
        raise UserError("Pick a weekday.", field="digest_weekday")
    channel = fields.get("digest_channel", "").strip().lstrip("#")
    address, before = context.incoming.actor, context.workspace.settings
    changed = _change(
        context,
        zone=zone,
        weekdays=_weekdays(fields.get("weekdays", "")) if "weekdays" in fields else before.weekdays,
        country=country.upper() or None,
        region=region.upper() or None,
        digest_weekday=WEEKDAYS.index(weekday),
        digest_time=_clock(fields, "digest_time"),
        digest_channel=channel,
        digest_platform=address.platform.value if channel else "",
        digest_external=address.workspace if channel else "",
    )
    if channel and channel != before.digest_channel:
        _announce(context, changed)
    where = "in its channel" if channel else "to the admin"
    return told(f"Saved. The digest comes on {weekday} at {changed.digest_time:%H:%M}, {where}, {zone} time.")


def save_hours(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - likewise
    """When a message may reach somebody; dates and money; how long messages are kept.

    Raises:
        UserError: on the field it belongs to.

    """
    context.require(Action.CONFIGURE)
    opens, closes, monday, friday = (
        _clock(fields, name) for name in ("opens", "closes", "monday_from", "friday_until")
    )
    if closes <= opens:
        raise UserError(f"It has to be later than {opens:%H:%M}.", field="closes")
    if monday > closes:
        raise UserError(
            f"On Mondays nobody could be written to: {closes:%H:%M} is the end.", field="monday_from"
        )
    if friday < opens:
        raise UserError(
            f"On Fridays nobody could be written to: it begins at {opens:%H:%M}.", field="friday_until"
        )
    style = fields.get("date_style", "en")
    if style not in STYLES:
        raise UserError("Pick one of the styles.", field="date_style")
    currency = fields.get("currency", "").strip().upper()
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise UserError("A currency is three letters, for example EUR.", field="currency")
    # A form that was opened before the field came does not bring it.
    keep = (
        _keep_days(fields)
        if "keep_messages_days" in fields
        else context.workspace.settings.keep_messages_days
    )
    _change(
        context,
        opens=opens,
        closes=closes,
        monday_from=monday,
        friday_until=friday,
        date_style=style,
        currency=currency,
        keep_messages_days=keep,
    )
    return told(f"Saved. People are written to between {opens:%H:%M} and {closes:%H:%M} of their own day.")


def save_rhythm(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - likewise
    """Cadence and thresholds.

    Raises:
        UserError: on the field it belongs to.

    """
    context.require(Action.CONFIGURE)
    now, made = Rules(), dict[str, Any]()
    for stage in RUNNING:
        made[stage.value] = _stage(fields, f"stage_{stage}", blind=now.of(stage).blind is not None)
    amber, red = _numbers(fields, "gap", 2)
    if red < amber:
        raise UserError("Red begins where amber does, or later.", field="gap")
    snoozes, snooze_days = _numbers(fields, "snoozes", 2)
    pauses, pause_most = _numbers(fields, "pauses", 2)
    made |= {
        "gap_amber": amber,
        "gap_red": red,
        "snoozes": snoozes,
        "snooze_days": snooze_days,
        "pauses": pauses,
        "pause_most": pause_most,
        "pulse_every": _numbers(fields, "pulse_every", 1, least=1)[0],
        "new_episodes_a_day": _numbers(fields, "new_episodes_a_day", 1, least=1)[0],
    }
    _thresholds(context, made)
    return told("Saved. Every pilot is looked at again by these numbers; what was asked already stays asked.")


def save_ladder(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - likewise
    """How long each rung waits.

    Raises:
        UserError: on the field it belongs to.

    """
    context.require(Action.CONFIGURE)
    made = {
        "waits": _numbers(fields, "waits", 3, least=1),
        "sponsor_quiet_wait": _numbers(fields, "sponsor_quiet_wait", 1)[0],
        "ack_days": _numbers(fields, "ack_days", 1)[0],
    }
    _thresholds(context, made)
    return told("Saved. Rungs that wait already keep the day that was announced; the next ones follow these.")


def save_people(context: Context, args: _Fields, fields: _Fields) -> Reply:  # noqa: ARG001 - likewise
    """Leaders and the metric steward.

    Raises:
        UserError: on the field it belongs to.

    """
    context.require(Action.CONFIGURE)
    chosen = {one.id: one for one in _people(context, fields.get("leaders", ""))}
    guests = [one.name for one in chosen.values() if one.guest]
    if guests:
        raise UserError(f"{guests[0]} is a guest here and cannot decide.", field="leaders")
    named = [one for one in people.leaders(context.conn, context.workspace.id) if _is_leader(context, one)]
    keep = {one.id for one in named if not one.addresses}
    for one in named:
        if one.id not in chosen and one.id not in keep:
            people.set_role(context.conn, context.workspace.id, one.id, "leader", has=False)
    for person_id in chosen:
        people.set_role(context.conn, context.workspace.id, person_id, "leader", has=True)
    steward = fields.get("steward", "").strip()
    helps = find.person(context, steward, field="steward") if steward else None
    _change(context, steward=helps.id if helps else "")
    names = ", ".join(one.name for one in people.leaders(context.conn, context.workspace.id))
    context.log("leaders changed", context.workspace.id, leaders=names)
    return told(f"Saved. Beside the sponsors decide: {names}.")


def _is_leader(context: Context, person: Person) -> bool:
    return "leader" in people.roles_of(context.conn, context.workspace.id, person.id)


def _people_form(context: Context) -> Reply:
    now = context.workspace.settings
    named = [one for one in people.leaders(context.conn, context.workspace.id) if _is_leader(context, one)]
    steward = people.get(context.conn, context.workspace.id, now.steward) if now.steward else None
    return Reply(
        form=setting_forms.people(
            leaders=[reference for one in named if (reference := _here(context, one))],
            unpicked=[one.name for one in named if not _here(context, one)],
            steward=(_here(context, steward) or steward.name) if steward else "",
        )
    )


def _here(context: Context, person: Person) -> str:
    """The person as a picker of this platform knows them; empty: not here."""
    here = context.incoming.actor
    for address in person.addresses:
        if (address.platform, address.workspace) == (here.platform, here.workspace):
            return f"<@{address.user}>"
    return ""


def _people(context: Context, typed: str) -> list[Person]:
    """Several people: mentions side by side, or names separated by commas."""
    mentions = re.findall(r"<@[^>\s]+>", typed)
    rest = re.sub(r"<@[^>\s]+>", ",", typed)
    names = [part.strip() for part in re.split(r"[,;\n]", rest) if part.strip()]
    return [find.person(context, one, field="leaders") for one in (*mentions, *names)]


def _change(context: Context, **values: Any) -> Settings:
    """Stores what changed; every pilot is looked at again, since days may count differently now."""
    workspaces.lock(context.conn, context.workspace.id)
    workspace = workspaces.get(context.conn, context.workspace.id)
    assert workspace is not None
    before = workspace.settings
    try:
        changed = Settings.model_validate({**before.model_dump(), **values})
    except ValidationError as error:
        raise UserError(str(error.errors()[0]["msg"]).removeprefix("Value error, ").capitalize()) from error
    workspaces.save_settings(context.conn, context.workspace.id, changed)
    if (before.digest_weekday, before.digest_time, before.zone) != (
        changed.digest_weekday,
        changed.digest_time,
        changed.zone,
    ) or changed.calendar() != before.calendar():
        workspaces.set_digest_at(context.conn, context.workspace.id, None)
    pilots.touch_all(context.conn, context.workspace.id, context.now)
    asks.wake(context.conn, context.workspace.id, context.now)
    what = {
        name: f"{getattr(before, name)} → {getattr(changed, name)}"
        for name in values
        if getattr(before, name) != getattr(changed, name)
    }
    context.log("settings changed", context.workspace.id, **what)
    return changed


def _thresholds(context: Context, made: Mapping[str, Any]) -> None:
    """Only what differs from the defaults is kept, so that a better default reaches everybody who never chose."""
    usual, kept = Rules(), dict(context.workspace.settings.thresholds)
    for name, value in made.items():
        default = getattr(usual, name)
        kept.pop(name, None)
        if isinstance(value, dict):
            own = {part: number for part, number in value.items() if number != getattr(default, part)}
            if own:
                kept[name] = own
        elif value != default:
            kept[name] = list(value) if isinstance(value, tuple) else value
    _change(context, thresholds=kept)


def _stage(fields: _Fields, name: str, *, blind: bool) -> dict[str, int]:
    parts = ("cadence", "red", "stay", "blind") if blind else ("cadence", "red", "stay")
    numbers = _numbers(fields, name, len(parts), least=1)
    if numbers[1] < numbers[0] + 2:
        raise UserError(
            f"Silence is amber two working days after the check-in, so red begins at {numbers[0] + 2} or later.",
            field=name,
        )
    return dict(zip(parts, numbers, strict=True))


def _numbers(fields: _Fields, name: str, count: int, *, least: int = 0) -> tuple[int, ...]:
    parts = [part for part in re.split(r"[\s,;/]+", fields.get(name, "").strip()) if part]
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 5]
    if len(numbers) != len(parts) or len(numbers) != count or min(numbers, default=0) < least:
        example = ", ".join(str(one) for one in (10, 20, 65, 15)[:count])
        several = f"{count} whole numbers" if count > 1 else "a whole number"
        raise UserError(f"Write {several} from {least} to 9999, for example {example}.", field=name)
    return tuple(numbers)


def _keep_days(fields: _Fields) -> int:
    (days,) = _numbers(fields, "keep_messages_days", 1)
    if not 30 <= days <= 3_650:
        raise UserError(
            "Write a number of days from 30 to 3650, for example 400.", field="keep_messages_days"
        )
    return days


def _clock(fields: _Fields, name: str) -> time:
    found = _TIME.fullmatch(fields.get(name, "").strip())
    if found is None:
        raise UserError("Write the time as 10:00.", field=name)
    return time(int(found[1]), int(found[2]))


def _weekdays(typed: str) -> tuple[int, ...]:
    """Mon Tue Wed, in any case and order, also in full."""
    found = []
    for word in _WORDS.findall(typed):
        fits = [
            at for at, name in enumerate(WEEKDAYS) if len(word) >= 3 and name.lower().startswith(word.lower())
        ]
        if not fits:
            raise UserError(
                f"“{word[:20]}” is no weekday. For example: Mon Tue Wed Thu Fri", field="weekdays"
            )
        found += fits
    if not found:
        raise UserError("Name at least one working day, for example: Mon Tue Wed Thu Fri", field="weekdays")
    return tuple(sorted(set(found)))


def _announce(context: Context, changed: Settings) -> None:
    """Says in the channel who chose it: nobody wonders later, and a channel we may not write to shows at once."""
    day = WEEKDAYS[changed.digest_weekday]
    text = (
        f"{context.actor.name} chose this channel for Pilotlight's weekly digest: {day}s at {changed.digest_time:%H:%M}, "
        f"{changed.zone} time. Nothing else is posted here, and the channel is not read."
    )
    outbox.add(
        context.conn,
        context.workspace.id,
        key=f"chosen:{changed.digest_channel}:{context.now.isoformat()}",
        kind="notice",
        platform=changed.digest_platform,
        external_id=changed.digest_external,
        channel=changed.digest_channel,
        content=dump(replies.line(text)),
        now=context.now,
    )


def export(context: Context) -> Reply:
    """How to take everything along: files do not travel through chat, so the command line writes them."""
    context.require(Action.CONFIGURE)
    count = pilots.count(context.conn, context.workspace.id)
    return told(
        f"{count} pilots are in the registry. On the server run: pilotlight export --format json > pilotlight.json"
    )
