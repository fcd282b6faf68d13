"""What an admin can set, a form for each part; each says what holds now, and has a default that works.

==================  =====================================================================================
submit verb         fields (a star: optional)
==================  =====================================================================================
settings            zone, weekdays, country*, region*, digest_channel*, digest_weekday, digest_time
settings_hours      opens, closes, monday_from, friday_until, date_style, currency, keep_messages_days
settings_rhythm     stage_idea … stage_rollout, gap, pulse_every, snoozes, pauses, new_episodes_a_day
settings_ladder     waits, sponsor_quiet_wait, ack_days
settings_people     leaders*, steward*
settings_match      person_1* and on, one for each person without an account; the arguments of the same names are their ids
==================  =====================================================================================

Times are 09:30, lists of numbers "3, 4, 5", people references.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from bot.domain.calendar import QuietHours
from bot.domain.people import Person
from bot.domain.stages import RUNNING, Rules, StageRule
from bot.messages.dates import STYLES
from bot.messages.figures import line, plural
from bot.messages.model import Button, Buttons, Field, Form, Option, Part, Press, Text

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Section of the settings → its name; the first opens first.
SECTIONS: Mapping[str, str] = {
    "": "Days and digest",
    "hours": "Hours and dates",
    "rhythm": "Rhythm and thresholds",
    "ladder": "Ladder",
    "people": "Leaders",
    "match": "People",
}
#: People without an account in one form; the rest comes with the next.
MATCHES = 15


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """Somebody named in the registry without an account here."""

    person: Person
    pilots: int


def days(
    *,
    zone: str,
    weekdays: Sequence[int] = (0, 1, 2, 3, 4),
    country: str = "",
    region: str = "",
    digest_channel: str = "",
    digest_weekday: int = 0,
    digest_time: time = time(10),
) -> Form:
    """Which days count, and where and when the digest comes."""
    fields = (
        Field(
            id="zone",
            label="Time zone",
            value=zone,
            placeholder="Europe/Berlin",
            hint="A pilot's clocks count in it.",
            most=60,
        ),
        Field(
            id="weekdays",
            label="Working days",
            value=" ".join(WEEKDAYS[one][:3] for one in weekdays),
            placeholder="Mon Tue Wed Thu Fri",
            most=60,
        ),
        Field(
            id="country",
            label="Holidays of (country)",
            value=country,
            placeholder="DE",
            hint="Two letters. Nobody is asked on a holiday, and it counts as no day.",
            optional=True,
            most=2,
        ),
        Field(id="region", label="Region", value=region, placeholder="BE", optional=True, most=10),
        Field(
            id="digest_channel",
            label="Digest goes to (channel)",
            kind="channel",
            value=digest_channel,
            hint="Left empty: to the admin alone. In a private channel type /invite @Pilotlight first.",
            optional=True,
            most=100,
        ),
        Field(
            id="digest_weekday",
            label="Digest day",
            kind="choice",
            options=tuple(Option(label=one, value=one.lower()) for one in WEEKDAYS),
            value=WEEKDAYS[digest_weekday].lower(),
        ),
        _clock("digest_time", "Digest time", digest_time),
    )
    return _form("", "settings", fields)


def hours(quiet: QuietHours, *, date_style: str, currency: str, keep_days: int = 400) -> Form:
    """When a message may reach somebody, on their own clock; how dates and money are written; how long messages are kept."""
    fields = (
        _clock("opens", "Nobody is written to before", quiet.opens),
        _clock("closes", "Nor after", quiet.closes),
        _clock("monday_from", "On Mondays not before", quiet.monday_from),
        _clock("friday_until", "On Fridays not after", quiet.friday_until),
        Field(
            id="date_style",
            label="Dates are written",
            kind="choice",
            options=tuple(Option(label=label, value=style) for style, label in STYLES.items()),
            value=date_style,
            hint="The words around them stay English.",
        ),
        Field(id="currency", label="Currency", value=currency, placeholder="EUR", most=3),
        Field(
            id="keep_messages_days",
            label="Messages are kept for (days)",
            value=str(keep_days),
            placeholder="400",
            hint="30 to 3650. Then what was said to whom is deleted here; the pilots' record stays.",
            most=10,
        ),
    )
    return _form("hours", "settings_hours", fields)


def rhythm(rules: Rules) -> Form:
    """How often is asked, and when silence is a finding; every number in working days unless it says so."""
    fields = (
        *(
            Field(
                id=f"stage_{stage}",
                label=stage.value.capitalize(),
                value=_row(rules.of(stage)),
                hint=_HINT if rules.of(stage).blind is not None else _HINT.partition(", no reading")[0] + ".",
                most=40,
            )
            for stage in RUNNING
        ),
        _numbers(
            "gap", "Behind the calendar", (rules.gap_amber, rules.gap_red), "Points: amber from, red from."
        ),
        _numbers("pulse_every", "Sponsor asked “still worth it?”", (rules.pulse_every,), "Every so many."),
        _numbers("snoozes", "Snoozes", (rules.snoozes, rules.snooze_days), "How many, and days in all."),
        _numbers(
            "pauses", "Pauses", (rules.pauses, rules.pause_most), "How many, and the longest in working days."
        ),
        _numbers(
            "new_episodes_a_day",
            "New questions after an import",
            (rules.new_episodes_a_day,),
            "Pilots asked about anew on one working day, at most.",
        ),
    )
    return _form("rhythm", "settings_rhythm", fields)


def ladder(rules: Rules) -> Form:
    """How long each rung waits for an answer."""
    fields = (
        _numbers(
            "waits",
            "The ladder waits",
            rules.waits,
            "Working days from the owner to owner and backup, from there to the sponsor, from there to the digest.",
        ),
        _numbers(
            "sponsor_quiet_wait",
            "A quiet sponsor waits",
            (rules.sponsor_quiet_wait,),
            "Working days until the digest names it.",
        ),
        _numbers("ack_days", "“On it” holds the ladder", (rules.ack_days,), "Working days, once."),
    )
    return _form("ladder", "settings_ladder", fields)


def people(*, leaders: Sequence[str], unpicked: Sequence[str] = (), steward: str = "") -> Form:
    """Who may decide beside the sponsors, and who helps to find a number.

    Args:
        leaders: references of the leaders who can be picked.
        unpicked: names of the leaders without an account; they stay leaders.
        steward: the metric steward's reference.

    """
    also = f" {', '.join(line(one, 40) for one in unpicked)}: no account yet, stays." if unpicked else ""
    fields = (
        Field(
            id="leaders",
            label="Who may decide beside the sponsors",
            kind="people",
            value=" ".join(leaders),
            hint=f"Left empty: the admin.{also}",
            optional=True,
            most=2000,
        ),
        Field(
            id="steward",
            label="Who helps to find a number",
            kind="person",
            value=steward,
            hint="Offered when an outcome was refused three times. Left empty: the admin.",
            optional=True,
        ),
    )
    return _form("people", "settings_people", fields)


def match(unmatched: Sequence[Unmatched]) -> Form:
    """A picker for each person of an import whom nobody has matched with an account."""
    fields = tuple(
        Field(
            id=f"person_{at}",
            label=line(one.person.name, 100),
            kind="person",
            hint=f"Named in {plural(one.pilots, 'pilot')}."
            + (f" Imported as {line(one.person.handle, 60)}." if one.person.handle else ""),
            optional=True,
        )
        for at, one in enumerate(unmatched[:MATCHES], start=1)
    )
    who = {f"person_{at}": one.person.id for at, one in enumerate(unmatched[:MATCHES], start=1)}
    more = len(unmatched) - MATCHES
    words = (
        "Everybody named in a pilot has an account here. Nothing is left to match."
        if not unmatched
        else "Until they are matched, what is asked of them waits."
        + (f" {plural(more, 'more person', 'more people')} after these." if more > 0 else "")
    )
    return _form("match", "settings_match", fields, words, who)


_HINT = "Check-in every, red after so much silence, longest stay, no reading for."


def _title(section: str) -> str:
    """At most 24 signs."""
    if not section:
        return "Settings"
    name = SECTIONS[section]
    return f"Settings: {name}" if len(name) <= 14 else name


def _row(rule: StageRule) -> str:
    numbers = (rule.cadence, rule.red, rule.stay, rule.blind)
    return ", ".join(str(one) for one in numbers if one is not None)


def _numbers(field: str, label: str, values: Sequence[int], hint: str) -> Field:
    return Field(id=field, label=label, value=", ".join(str(one) for one in values), hint=hint, most=40)


def _clock(field: str, label: str, value: time) -> Field:
    return Field(id=field, label=label, value=f"{value:%H:%M}", placeholder="10:00", most=5)


def _form(
    section: str,
    verb: str,
    fields: tuple[Field, ...],
    words: str = "",
    args: Mapping[str, str] | None = None,
) -> Form:
    """A part of the settings, with the way to every other part above it."""
    buttons = tuple(
        Button(
            label=label,
            press=Press(verb="form_settings", args={"section": other} if other else {}),
            says=f"Settings: {label}",
        )
        for other, label in SECTIONS.items()
        if other != section
    )
    intro: list[Part] = [Buttons(buttons=buttons)]
    if words:
        intro.append(Text(spans=(words,)))
    return Form(
        title=_title(section),
        fields=fields,
        submit=Press(verb=verb, args=args or {}),
        submit_label="Save",
        intro=tuple(intro),
    )
