"""What an admin sets from chat: zone, holidays, the digest's day and channel; and the export."""

import re
from collections.abc import Mapping
from datetime import time

from bot.domain.calendar import public_holidays, zone_named
from bot.domain.errors import UserError
from bot.domain.roles import Action
from bot.messages import forms
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import pilots, workspaces

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"^([01]?\d|2[0-3])[:.]([0-5]\d)$")


def form(context: Context) -> Reply:
    """The settings form, filled with what holds now."""
    context.require(Action.CONFIGURE)
    now = context.workspace.settings
    return Reply(
        form=forms.settings(
            zone=now.zone,
            country=now.country or "",
            region=now.region or "",
            digest_weekday=_WEEKDAYS[now.digest_weekday],
            digest_time=f"{now.digest_time:%H:%M}",
            digest_channel=now.digest_channel,
        )
    )


def save(context: Context, args: Mapping[str, str], fields: Mapping[str, str]) -> Reply:  # noqa: ARG001 - the form's shape
    """Takes the form; every pilot is looked at again, since days may count differently now.

    Raises:
        UserError: on the field it belongs to.

    """
    context.require(Action.CONFIGURE)
    zone, country, region = (fields.get(name, "").strip() for name in ("zone", "country", "region"))
    try:
        zone_named(zone)
    except ValueError as error:
        raise UserError(str(error), field="zone") from error
    if country:
        try:
            public_holidays(country.upper(), region.upper() or None, context.today.year)
        except ValueError as error:
            raise UserError(str(error), field="country") from error
    clock = _TIME.match(fields.get("digest_time", "").strip())
    if clock is None:
        raise UserError("Write the time as 10:00.", field="digest_time")
    weekday = fields.get("digest_weekday", "").strip().lower()
    if weekday not in _WEEKDAYS:
        raise UserError("Pick a weekday.", field="digest_weekday")
    channel = fields.get("digest_channel", "").strip().lstrip("#")
    address = context.incoming.actor
    changed = context.workspace.settings.model_copy(
        update={
            "zone": zone,
            "country": country.upper() or None,
            "region": region.upper() or None,
            "digest_weekday": _WEEKDAYS.index(weekday),
            "digest_time": time(int(clock[1]), int(clock[2])),
            "digest_channel": channel,
            "digest_platform": address.platform.value if channel else "",
            "digest_external": address.workspace if channel else "",
        }
    )
    workspaces.save_settings(context.conn, context.workspace.id, changed)
    workspaces.set_digest_at(context.conn, context.workspace.id, None)
    pilots.touch_all(context.conn, context.workspace.id, context.now)
    context.log("settings changed", context.workspace.id)
    where = f"in {channel}" if channel else "to the admin"
    return told(f"Saved. The digest comes on {weekday.capitalize()} at {clock[0]}, {where}, {zone} time.")


def export(context: Context) -> Reply:
    """How to take everything along: files do not travel through chat, so the command line writes them."""
    context.require(Action.CONFIGURE)
    count = pilots.count(context.conn, context.workspace.id)
    return told(
        f"{count} pilots are in the registry. On the server run: pilotlight export --format json > pilotlight.json"
    )
