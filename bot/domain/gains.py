"""What a scaled pilot leaves on the record: what it saves and who confirmed that, and what was switched off.

Both are notes of the owner's or the sponsor's, in words that are read back: "Saves 84,000 EUR a year, confirmed by Ada
Admin", "Switched off: the manual ledger". Whoever writes a later one corrects the earlier.
"""

from dataclasses import dataclass
from datetime import date

from bot.domain.record import Record, Status

_SAVES, _OFF, _BY, _A_YEAR = "Saves ", "Switched off: ", ", confirmed by ", " a year"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gains:
    """Each is empty where nobody said it."""

    #: "84,000 EUR"
    saving: str = ""
    #: By name.
    confirmed_by: str = ""
    switched_off: str = ""

    @property
    def sentences(self) -> str:
        """Both as sentences, for the end on the record."""
        told = (note for note in (saves(self), off(self)) if note)
        return " ".join(note if note.endswith((".", "!", "?")) else f"{note}." for note in told)


def saves(gains: Gains) -> str:
    """The note about what it saves; empty where nothing is said."""
    if not gains.saving:
        return ""
    by = f"{_BY}{gains.confirmed_by}" if gains.confirmed_by else ""
    return f"{_SAVES}{gains.saving}{_A_YEAR}{by}"


def off(gains: Gains) -> str:
    """The note about what was switched off; empty where nothing is said."""
    return f"{_OFF}{gains.switched_off}" if gains.switched_off else ""


def gains_of(record: Record, since: date) -> Gains:
    """What the record says since a day, the newest of each."""
    said = [one.text for one in record.entries if one.status is Status.NOTE and one.on >= since and one.human]
    saved = next((text for text in reversed(said) if text.startswith(_SAVES) and _A_YEAR in text), "")
    gone = next((text for text in reversed(said) if text.startswith(_OFF)), "")
    amount, _, rest = saved.removeprefix(_SAVES).partition(_A_YEAR)
    return Gains(
        saving=amount,
        confirmed_by=rest.removeprefix(_BY) if rest.startswith(_BY) else "",
        switched_off=gone.removeprefix(_OFF),
    )
