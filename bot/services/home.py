"""Home for one person: what wants them, their pilots, the portfolio for those who lead; and when they wish to be written to."""

from collections.abc import Mapping
from datetime import time

from bot.domain.digest import Digest
from bot.domain.errors import UserError
from bot.domain.people import Platform
from bot.messages import digest as digest_words
from bot.messages import forms
from bot.messages import home as words
from bot.messages.figures import closed, fact, line, name, per_week
from bot.messages.model import Button, Press
from bot.services import digests, quiet, seeing
from bot.services.context import Context, told
from bot.services.incoming import Reply
from storage import asks, people, pilots, repositories, workspaces
from storage.workspaces import Wish

#: Pilots up to which the portfolio is worked out while somebody waits; larger ones have the digest.
MOST = 3000
PORTFOLIO = Button(label="Open the portfolio", press=Press(verb="say", args={"text": "portfolio"}))
#: Decisions shown.
_DECISIONS = 3


def home(context: Context) -> Reply:
    """What wants the actor first, then their pilots, then the portfolio for a leader or the admin."""
    mine = [pilot.id for pilot in pilots.of_person(context.conn, context.workspace.id, context.actor.id)]
    seen = seeing.see(context.conn, context.workspace, context.today, mine)
    wants = [
        ask.pilot_id
        for ask in asks.of_pilots(context.conn, context.workspace.id, mine)
        if ask.person_id == context.actor.id and ask.state in asks.OPEN
    ]
    registered = pilots.count(context.conn, context.workspace.id)
    view = words.Home(
        viewer=context.actor,
        today=context.today,
        seen=seen,
        wants=wants,
        registered=registered,
        portfolio=_portfolio(context, registered) if context.leader or context.admin else None,
        admin=context.admin,
        quiet_until=quiet.until_words(context.workspace, context.now) if context.admin else "",
        to_set=_to_set(context) if context.admin else "",
        hours=_hours(context) if mine else "",
        more=(PORTFOLIO,) if context.page else (),
    )
    return Reply(message=words.home(view))


def _portfolio(context: Context, registered: int) -> words.Portfolio | None:
    if not registered:
        return None
    if registered > MOST:
        running = pilots.count(context.conn, context.workspace.id, running=True)
        return words.Portfolio(
            headline=f"{registered:,} pilots, {running:,} of them running",
            counts="What stands open is worked out for the weekly digest: press This week to see it now.",
        )
    edition = digests.edition_of(context.conn, context.workspace, context.now)
    return words.Portfolio(
        headline=digest_words.headline(edition),
        counts=digest_words.counts_line(edition.counts, edition.before),
        decisions=tuple(_decisions(edition)),
    )


def _decisions(edition: Digest) -> list[str]:
    lines = []
    for decision in edition.decisions[:_DECISIONS]:
        what = closed(line(fact(decision.lead, decision.pilot, decision.record, decision.picture), 100))
        lines.append(f"{name(decision.pilot)}: {what} {per_week(decision.per_week, edition.currency)}.")
    if len(edition.decisions) > _DECISIONS:
        lines[-1] += f" And {len(edition.decisions) - _DECISIONS:,} more."
    return lines


def _to_set(context: Context) -> str:
    """The one thing that an admin should still do, the most useful first."""
    settings = context.workspace.settings
    unmatched = [
        one
        for one in people.without_address(context.conn, context.workspace.id)
        if pilots.of_person(context.conn, context.workspace.id, one.id)
    ]
    if unmatched:
        count = len(unmatched)
        who = "1 person" if count == 1 else f"{count:,} people"
        return f"{who} named in pilots have no account here yet, so nothing can be asked of them. Settings, People matches them."
    if not settings.digest_channel:
        return "The weekly digest comes to you alone until its channel is picked in Settings."
    if not settings.country and not settings.holidays:
        return "No holidays are set: Settings takes them by country and region, so that nobody is asked on a day off."
    amiss = [row for row in repositories.all_of(context.conn, context.workspace.id) if row.problem]
    if amiss:
        others = f" and {len(amiss) - 1:,} more" if len(amiss) > 1 else ""
        told = line(f"{amiss[0].id} ({amiss[0].problem})", 200)
        return f"Could not be asked for signs of life: {told}{others}. The token may lack access, or the link is old."
    return ""


def _hours(context: Context) -> str:
    settings = context.workspace.settings
    hours = settings.hours_of(context.actor.id)
    wish = settings.wishes.get(context.actor.id)
    where = f" in {wish.platform.capitalize()}" if wish is not None and wish.platform else ""
    zone = context.actor.zone or settings.zone
    opens = max(hours.opens, hours.not_before or hours.opens)
    return (
        f"Pilotlight writes to you{where} on working days between {opens:%H:%M} and {hours.closes:%H:%M} "
        f"({zone}), one message a day and three a week at most."
    )


def wishes(context: Context) -> Reply:
    """The form of when and where."""
    wish = context.workspace.settings.wishes.get(context.actor.id) or Wish()
    hours = context.workspace.settings.quiet_hours()
    return Reply(
        form=forms.wishes(
            opens=hours.opens,
            closes=hours.closes,
            not_before=wish.not_before,
            platform=wish.platform,
            platforms=sorted({address.platform.value for address in context.actor.addresses}),
        )
    )


def save_wishes(context: Context, args: Mapping[str, str], fields: Mapping[str, str]) -> Reply:  # noqa: ARG001 - the form's shape
    """Takes the form; nobody can wish not to be written to.

    Raises:
        UserError: on the field it belongs to.

    """
    platform = fields.get("platform", "")
    wished = {
        "not_before": _time(context, fields.get("not_before", "")),
        "platform": "" if platform == "any" else platform,
    }
    wish = (context.workspace.settings.wishes.get(context.actor.id) or Wish()).model_copy(update=wished)
    if wish.platform and wish.platform not in {one.platform for one in context.actor.addresses}:
        raise UserError("Pilotlight has not met you there yet: write to it there once.", field="platform")
    # Two people may save at the same moment.
    workspaces.lock(context.conn, context.workspace.id)
    workspace = workspaces.get(context.conn, context.workspace.id)
    assert workspace is not None
    others = {who: what for who, what in workspace.settings.wishes.items() if who != context.actor.id}
    changed = workspace.settings.model_copy(
        update={"wishes": others if wish == Wish() else {**others, context.actor.id: wish}}
    )
    workspaces.save_settings(context.conn, workspace.id, changed)
    asks.wake(context.conn, workspace.id, context.now, context.actor.id)
    context.log("wishes changed", context.actor.id, not_before=fields.get("not_before", ""))
    at = f"from {wish.not_before:%H:%M} on" if wish.not_before else "as soon as the day's window opens"
    where = f", in {Platform(wish.platform).value.capitalize()}" if wish.platform else ""
    return told(
        f"Saved: Pilotlight writes to you {at}{where}. A pilot you own cannot be muted; it can be handed over or retired."
    )


def _time(context: Context, typed: str) -> time | None:
    if not typed or typed == "opens":
        return None
    hours = context.workspace.settings.quiet_hours()
    try:
        wished = time.fromisoformat(typed)
    except ValueError as error:
        raise UserError("Write the time as 14:00.", field="not_before") from error
    if not hours.opens <= wished <= hours.closes:
        raise UserError(
            f"Pick a time between {hours.opens:%H:%M} and {hours.closes:%H:%M}: nobody is written to outside it.",
            field="not_before",
        )
    return None if wished == hours.opens else wished
