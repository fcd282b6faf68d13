"""A check-in in a person's own words, and its effect: ``38, moving, Danish added`` is a full answer.

A reply is read piece by piece (pieces end at commas, colons, full stops, dashes):

    38 · 38 h · now 38 · is at 38                  the new value; a number inside prose ("2 of 5 suppliers") is none
    moving · stuck · waiting · I would stop it     the status, the first one that is said
    no number yet · data late · forgot             why there is no new number
    Anna by Friday · @anna · waiting for Anna      who can unblock it, and by when (stuck and waiting only)
    done · on it · ok · 👍                         alone: seen, which is no word
    snooze 5 days REASON · you were wrong because REASON

Everything but the value and a bare status word stays as text. Whatever was read is said back in one line, so reading may be
wrong and must never be silent; it raises nothing.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice

from bot.domain.errors import UserError
from bot.domain.quantities import DIGIT_WORDS
from bot.domain.record import Status
from bot.domain.typed import Amount, amount_of, likely_date, said, same_unit, short, tidy

#: The longest line of a check-in; a longer one is kept, and said to be longer.
LONGEST = 280
#: A value so many times the last one, or the last so many times the value, is asked about.
_FAR = 20

NOT_MEASURABLE, DATA_LATE, FORGOT = "not measurable yet", "data late", "forgot"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was read in a reply."""

    value: Decimal | None = None
    #: moving, stuck, waiting or stop; None where none was said: a number alone does not mean moving.
    status: Status | None = None
    #: Everything else that was said, in the person's own words, whole.
    text: str = ""
    #: Seen, and no more: it holds the ladder and is no word.
    ack: bool = False
    #: Why there is no new number: "not measurable yet", "data late", "forgot"; empty where nothing was said about it.
    no_number: str = ""
    #: Who can unblock it: a mention as typed, or words.
    holder: str = ""
    holder_by: date | None = None
    #: The nudge was wrong; the text says why.
    false_alarm: bool = False
    #: Working days of "not now", 0 for none; the text is the reason.
    snooze_days: int = 0
    #: The value is far from the last one or on the other side of zero.
    unlikely: bool = False
    #: One question to ask before the number is believed; empty: nothing is unclear.
    question: str = ""

    @property
    def long(self) -> bool:
        """Whether the text is longer than one line."""
        return len(self.text) > LONGEST


def effect(answer: Answer) -> Status | None:
    """What kind of entry the answer leaves on the record; None where it says nothing."""
    if answer.ack:
        return Status.ACK
    if answer.snooze_days:
        return Status.SNOOZE
    if answer.status is not None:
        return answer.status
    if answer.value is not None:
        return Status.READING
    return Status.NOTE if answer.text or answer.no_number else None


def unlikely(value: Decimal, last: Decimal | None) -> bool:
    """Whether a value is 20 times the last one, a twentieth of it, or has another sign: asked about, never refused."""
    if not last:
        return False
    if value == 0:
        return abs(last) >= _FAR
    return value * last < 0 or not Decimal(1) / _FAR < abs(value / last) < _FAR


def read_reply(text: str, *, today: date, last: Decimal | None, unit: str) -> Answer:
    """Reads a plain reply to a check-in.

    Args:
        text: what was typed, of any length.
        today: the day from which "by Friday" counts.
        last: the newest value, against which a new one is weighed; None where there is none.
        unit: the metric's unit as the registry has it; empty where it is not known.

    """
    text = tidy(text)
    return _acknowledged(text) or _false_alarm(text) or _snoozed(text) or _said(text, today, last, unit)


# --- Whole replies

_SEEN = frozenset(
    (
        *("ok", "okay", "k", "kk", "done", "on it", "i am on it", "im on it", "will do", "got it", "ack"),
        *("thanks", "thank you", "thx", "noted", "roger", "understood", "seen"),
        *("sure", "yes", "yep", "yup", "alright", "all right", "fine", "+1"),
    )
)
_THUMBS = re.compile(
    r":(?:\+1|thumbsup|white_check_mark|heavy_check_mark|ok_hand|eyes|ok|pray)(?:::skin-tone-\d)?:"
)
_HANDS = frozenset("👍👌✅✔☑🙏👀🆗")
_WRONG = re.compile(
    r"(?:you(?:'re| are| were)|this is|that is|that's|this was|that was) wrong(?![^\W_])|false alarm(?![^\W_])",
    re.IGNORECASE,
)
_SNOOZE = re.compile(r"snooze(?: it| this| me)?(?: for)?(?![^\W_]) ?", re.IGNORECASE)
_BECAUSE = re.compile(r"[ ,;:.!–—-]*(?:(?:because|as|since)\b[ ,:]*)?", re.IGNORECASE)
_DAYS = re.compile(
    r"(?P<count>an?|\d{1,3}|[a-z]{3,9}) ?(?P<unit>(?:(?:working|business|work) )?days?|d|weeks?|w|wks?)?(?![^\W_])",
    re.IGNORECASE,
)


def _acknowledged(text: str) -> Answer | None:
    if not text or len(text) > 60:
        return None
    words = _THUMBS.sub("👍", text).replace("’", "").replace("'", "").casefold()
    spoken = _without_hands(words)
    pieces = [piece for part in re.split(r"[,.;!…]| - ", spoken) if (piece := part.strip())]
    seen = all(piece in _SEEN for piece in pieces) if pieces else words != spoken
    return Answer(ack=True, text=text) if seen else None


def _without_hands(text: str) -> str:
    return "".join(
        sign for sign in text if sign not in _HANDS and unicodedata.category(sign) not in ("Mn", "Sk")
    )


def _false_alarm(text: str) -> Answer | None:
    match = _WRONG.match(text.replace("’", "'")[:40])
    return Answer(false_alarm=True, text=without_because(text[match.end() :])) if match else None


def without_because(text: str) -> str:
    """A reason without the words that lead to it."""
    match = _BECAUSE.match(text)
    return text[match.end() :] if match else text


def days_prefix(text: str) -> tuple[int, str]:
    """The working days at the beginning of a text, and the rest: ``5 days audit``, ``a week audit`` → 5, ``audit``.

    A week has five of them. 0 and the whole text where it begins with none.
    """
    match = _DAYS.match(text)
    if match is None:
        return 0, text
    count, unit = match["count"].casefold(), (match["unit"] or "").casefold()
    if count in ("a", "an"):
        number = 1 if unit else 0
    else:
        number = int(count) if count.isdecimal() else DIGIT_WORDS.get(count, 0)
    if number == 0:
        return 0, text
    weeks = unit.startswith("w") and not unit.startswith("work")
    return number * (5 if weeks else 1), text[match.end() :].lstrip()


def _snoozed(text: str) -> Answer | None:
    match = _SNOOZE.match(text)
    if match is None:
        return None
    days, rest = days_prefix(text[match.end() :])
    reason = without_because(rest)
    if not days:
        return Answer(
            question="For how many working days, and why? Reply like “snooze 5 days quarter closing”."
        )
    if not reason:
        return Answer(
            question=f"Why? Reply like “snooze {days} days quarter closing”: the others see the reason."
        )
    return Answer(snooze_days=days, text=reason)


# --- Replies read piece by piece

#: Ends of pieces; a comma between two digits belongs to a number, a full stop ends a piece before a space only.
_END = re.compile(r"(?:(?<!\d)[,;]|[,;](?!\d)|[.:!?](?= |$)| [-–—](?= ))+ ?")
#: What is said later is text and no more.
_MOST_PIECES = 40
_CONJUNCTION = re.compile(r"(?:(?:and|but|&|so|also)[ ,]+)?", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:we are |we're |i am |i'm |it is |it's |still |now |currently |all |status |is |sorry |yes |ok |so )*",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"(?P<word>moving|stuck|blocked|waiting)(?![^\W_])(?! ?[-/]\w| averages?\b| targets?\b)", re.IGNORECASE
)
_STOP = re.compile(
    r"(?:(?:i would|i'd|i want to|we should|we would|let's|let us|please|better|to|just) ){0,2}(?:stop|kill|end) (?:it|this|the pilot)(?![^\W_])"
    r"|(?:(?:i would|i'd|we should|let's|please|would) )stop(?![^\W_])",
    re.IGNORECASE,
)
_BARE_STOP = re.compile(r"stop(?![^\W_])(?!-)", re.IGNORECASE)
#: After one of these the status word is part of the sentence: "waiting for legal".
_GOES_ON = re.compile(
    r" (?:for|on|because|at|by|with|until|till|in|to|as|since|due|behind|from|of|along|over|out|against)\b",
    re.IGNORECASE,
)
_STATUSES = {
    "moving": Status.MOVING,
    "stuck": Status.STUCK,
    "blocked": Status.STUCK,
    "waiting": Status.WAITING,
}
_NO_NUMBER = tuple(
    (reason, re.compile(pattern + r"(?![^\W_])", re.IGNORECASE))
    for reason, pattern in (
        (
            DATA_LATE,
            r"(?:the |our )?(?:data|numbers?|figures?|report)(?: is| are)?(?: still)? (?:late|delayed|missing)",
        ),
        (FORGOT, r"(?:(?:sorry|i|we|just) ){0,3}forgot(?:ten)?"),
        (
            NOT_MEASURABLE,
            r"(?:it is |it's |still )?(?:not (?:yet )?measurable|nothing to measure)(?: yet| so far)?",
        ),
        (NOT_MEASURABLE, r"(?:we )?can(?:not|'t) measure(?: it)?(?: yet)?"),
        (NOT_MEASURABLE, r"(?:still )?no (?:new )?(?:number|value|figure|data|reading)s?(?: yet| so far)?"),
    )
)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    today: date
    last: Decimal | None
    unit: str
    value: Decimal | None = None
    status: Status | None = None
    no_number: str = ""
    question: str = ""
    #: Whether there was prose already: after it a bare number is part of a list, not the value.
    told: bool = False


def _said(text: str, today: date, last: Decimal | None, unit: str) -> Answer:
    reading = _Reading(today, last, unit, told=bool(_LIST.match(text[:2000])))
    kept: list[str] = []
    for number, (piece, end) in enumerate(_pieces(text)):
        if end.startswith(":") and _LABEL.fullmatch(piece):
            continue
        rest = _read_piece(piece, reading, first=number == 0)
        reading.told = reading.told or bool(rest and rest.casefold() not in _SEEN)
        if rest:
            kept.append(rest + end)
    answer = Answer(
        value=reading.value,
        status=reading.status,
        text="".join(kept).rstrip(" ,;:-–—"),
        no_number="" if reading.value is not None else reading.no_number,
        question=reading.question,
    )
    return _weighed(_held(answer, today), last, unit)


def _pieces(text: str) -> list[tuple[str, str]]:
    """The pieces of a reply, each with the signs that end it: joined they are the reply."""
    pieces, start = [], 0
    for match in islice(_END.finditer(text), _MOST_PIECES):
        pieces.append((text[start : match.start()], match[0]))
        start = match.end()
    return [*pieces, (text[start:], "")]


def _read_piece(piece: str, reading: _Reading, *, first: bool) -> str:
    """Takes value, status and reason out of one piece; returns what is left of it as text."""
    rest = piece
    if reading.value is None and not reading.question:
        rest = _take_value(piece, reading, first=first)
    if reading.status is None and rest:
        rest = _take_status(rest, reading, bare_stop=not reading.told)
    if rest:
        rest = _take_no_number(rest, reading)
    return rest.strip()


_NOW = re.compile(
    r"(?:(?:it|we|the number|number|the value|value|reading)(?:'s| is| are|'re) |(?:now|currently|is|are|at|still|about|around|roughly) ){1,4}(?=[-−~€$£]?\d)",
    re.IGNORECASE,
)
_NOW_INSIDE = re.compile(
    r"(?<![^\W_])(?:now(?: at)?|(?:is|are|we're|it's|stands|currently)(?: now| currently)? at|is now|currently) (?=[-−€$£]?\d)",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?: ?\()?(?:now|today|currently|again|still|so far|this week|this month|at the moment)\)?(?![^\W_]) ?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:the )?(?:new |current )?(?:number|value|reading|now|status)", re.IGNORECASE)
_STARTS_NUMBER = re.compile(r"[-−+~(]?[€$£¥₹]?\.?\d|[A-Za-z]{3} ?\d")
#: "1. prompts fixed 2. Danish added": the 1 is no value.
_LIST = re.compile(r"1[.)] .{0,1000}? 2[.)] ")


def _take_value(piece: str, reading: _Reading, *, first: bool) -> str:
    """The value where the piece begins with it or says "now 38"; returns what follows or surrounds it."""
    plain = piece.replace("’", "'")
    if not reading.told or _without_unit(piece, reading.unit) != piece:
        lead = _NOW.match(plain)
        rest = _leading_value(piece[lead.end() if lead else 0 :], reading, unit_first=first)
        if rest is not None:
            return rest
    inside = _NOW_INSIDE.search(plain)
    if inside is not None:
        _leading_value(piece[inside.end() :], reading, unit_first=False)
    return piece


def _leading_value(text: str, reading: _Reading, *, unit_first: bool) -> str | None:
    """Takes the number that a text begins with where it stands for itself; returns the rest, None where there is none.

    Args:
        text: a piece from its number on.
        reading: gets the value, or the question about it.
        unit_first: prose may follow the number where the metric's unit stands between them.

    """
    if not _STARTS_NUMBER.match(text):
        return None
    words = text.split(" ", 5)
    for count in range(min(len(words), 5), 0, -1):
        head, after = " ".join(words[:count]), " ".join(words[count:])
        bare = _without_unit(head, reading.unit)
        told = (
            unit_first
            and _without_unit(head, reading.unit, whole=True) != head
            and not after.startswith("of ")
        )
        if not (told or _stands_alone(after)):
            continue
        try:
            amount = amount_of(bare)
        except UserError as error:
            if not _settled(bare, reading):
                reading.question = error.text
            return _after_value(after)
        if amount is not None:
            _believe(amount, head, reading)
            return _after_value(after)
    return None


def _stands_alone(after: str) -> bool:
    """Whether what follows a number leaves it a value: nothing, "now", a status; but no noun and no "of 5"."""
    filler = _FILLER.match(after)
    after = after[filler.end() :] if filler else after
    after = after[_CONJUNCTION.match(after).end() :]  # type: ignore[union-attr]  # matches the empty text, too
    return not after or after[0] in "(,;:-–—&" or bool(_status_at(after, bare_stop=True))


def _after_value(after: str) -> str:
    filler = _FILLER.match(after)
    after = after[filler.end() :] if filler else after
    conjunction = _CONJUNCTION.match(after)
    return after[conjunction.end() :] if conjunction else after


def _settled(bare: str, reading: _Reading) -> bool:
    """Whether the last value tells which of the two readings of ``1.450`` is meant; takes it if so."""
    if reading.last is None or not re.fullmatch(r"[-−]?[1-9]\d{0,2}\.\d{3}", bare):
        return False
    point = Decimal(bare.replace("−", "-"))
    likely = [value for value in (point, point * 1000) if not unlikely(value, reading.last)]
    if len(likely) == 1:
        reading.value = likely[0].quantize(Decimal(1)) if likely[0] != point else point
    return len(likely) == 1


def _believe(amount: Amount, head: str, reading: _Reading) -> None:
    if head.startswith("+"):
        reading.question = f"Is {short(head)} a change or the new value? Reply with the value as it is now."
    elif same_unit(amount.unit, reading.unit):
        reading.value = amount.value
    else:
        reading.question = f"The number is kept in {short(reading.unit)}, and “{short(head)}” names another unit. Reply with the number in {short(reading.unit)}."


def _without_unit(head: str, unit: str, *, whole: bool = False) -> str:
    """A number without the metric's own unit after it: ``38 calls a week`` → ``38`` where the unit is calls/week.

    ``38 calls`` will do as well, unless the unit must be ``whole``.
    """
    folded = head.casefold()
    for form in _unit_forms(unit, whole=whole):
        bare = head[: len(head) - len(form)].rstrip()
        if folded.endswith(form) and bare[-1:].isdigit():
            return bare
    return head


def _unit_forms(unit: str, *, whole: bool) -> Sequence[str]:
    unit = unit.casefold().strip()
    if not unit or len(unit) > 60:
        return ()
    things, slash, period = unit.partition("/")
    if not slash:
        things, slash, period = unit.partition(" per ")
    if not slash:
        return (unit,)
    things, period = things.strip(), period.strip()
    forms = (f"{things}/{period}", f"{things} per {period}", f"{things} a {period}")
    return forms if whole else (*forms, things)


def _status_at(text: str, *, bare_stop: bool) -> tuple[Status, int, int] | None:
    """The status that a text begins with, and where its word begins and ends."""
    plain = text.replace("’", "'")
    stop = _STOP.match(plain) or (_BARE_STOP.match(plain) if bare_stop else None)
    if stop:
        return Status.STOP, 0, stop.end()
    lead = _LEAD.match(plain[:80])
    start = lead.end() if lead else 0
    match = _STATUS.match(plain, start) or _STATUS.match(plain)
    return (_STATUSES[match["word"].lower()], match.start(), match.end()) if match else None


def _take_status(piece: str, reading: _Reading, *, bare_stop: bool) -> str:
    conjunction = _CONJUNCTION.match(piece)
    start = conjunction.end() if conjunction else 0
    found = _status_at(piece[start:], bare_stop=bare_stop)
    if found is None:
        return piece
    reading.status, _, end = found
    after = piece[start + end :]
    if reading.status is Status.STOP:
        return without_because(after)
    if _GOES_ON.match(after):
        return piece
    return after.lstrip()


def _take_no_number(piece: str, reading: _Reading) -> str:
    """The reason why there is no number: a more telling one replaces "not measurable yet"."""
    plain = piece.strip().replace("’", "'")
    for reason, pattern in _NO_NUMBER:
        match = pattern.match(plain)
        if match:
            reading.no_number = reason if reading.no_number in ("", NOT_MEASURABLE) else reading.no_number
            return "" if match.end() == len(plain) else piece
    return piece


# --- Who holds it

_MENTION = re.compile(r"<@[A-Za-z0-9._|-]{1,80}>|(?<![\w@])@[^\W_][\w.-]{0,60}")
_BY = re.compile(r"(?<![^\W_])(?:by|until|before) ", re.IGNORECASE)
_WAITS_FOR = re.compile(r"(?:waiting (?:for|on)|blocked by|needs?|holder|ask) ", re.IGNORECASE)


def _held(answer: Answer, today: date) -> Answer:
    """The answer with who can unblock it and by when, where it is stuck or waiting."""
    if answer.status not in (Status.STUCK, Status.WAITING) or not answer.text:
        return answer
    text = answer.text[:2000]
    mention = _MENTION.search(text)
    holder = mention[0] if mention else ""
    by: date | None = None
    for match in list(_BY.finditer(text))[:20]:
        by, _ = likely_date(text[match.end() :], today)
        if by is not None:
            holder = holder or _name_before(text[: match.start()])
            break
    return replace(answer, holder=holder or _name_after(text), holder_by=by)


def _name_before(text: str) -> str:
    """``waiting for legal, Anna Riedel`` → ``Anna Riedel``: the piece before "by Friday" where it is a name and no more."""
    piece = re.split(r"[,;:.!?] | [-–—] ", text.rstrip())[-1].strip()
    return piece if _is_name(piece) else ""


def _name_after(text: str) -> str:
    """``I need Henrik to call`` → ``Henrik``."""
    for match in list(_WAITS_FOR.finditer(text))[:20]:
        words: list[str] = []
        for word in text[match.end() :].split(" ", 4)[:3]:
            if not _is_name(word.rstrip(",.;:!?")):
                break
            words.append(word.rstrip(",.;:!?"))
            if word != words[-1]:
                break
        if words:
            return " ".join(words)
    return ""


def _is_name(text: str) -> bool:
    """One to three words written like names: ``Anna``, ``Anna Riedel``, ``anna.riedel``; no ticket, no abbreviation."""
    words = text.split(" ")
    return 0 < len(words) <= 3 and all(_is_name_word(word) for word in words)


def _is_name_word(word: str) -> bool:
    letters = word.replace("-", "").replace("'", "").replace("’", "")
    if "." in letters:
        return all(part.isalpha() for part in letters.split(".")) and letters.islower()
    return letters.isalpha() and len(letters) > 1 and letters[0].isupper() and not letters.isupper()


# --- Saying it back


def _weighed(answer: Answer, last: Decimal | None, unit: str) -> Answer:
    if answer.value is None or last is None or not unlikely(answer.value, last):
        return answer
    question = (
        f"That is far from the last value, {with_unit(last, unit)}. Is it right? Reply with the number again."
    )
    return replace(answer, unlikely=True, question=answer.question or question)


def with_unit(value: Decimal, unit: str = "") -> str:
    """A value with its unit, as a person reads it: ``1,450 calls/week``, ``5.2 %``."""
    return f"{value:,f} {unit}".rstrip()


def read_back(answer: Answer, *, unit: str = "", minutes: int = 10) -> str:
    """The one line that says what was read, and how to correct it.

    >>> read_back(read_reply("38, moving, Danish added", today=date(2026, 11, 20), last=None, unit="calls/week"), unit="calls/week")
    'Read as: 38 calls/week, moving, “Danish added”. Wrong? Reply again within 10 minutes, the newest counts.'
    """
    parts = _parts(answer, unit)
    if not parts:
        return answer.question or "There was nothing to read. Reply like “38, moving, Danish added”."
    longer = f" The text is longer than {LONGEST} characters; all of it is kept." if answer.long else ""
    ask = answer.question or f"Wrong? Reply again within {minutes} minutes, the newest counts."
    return f"Read as: {', '.join(parts)}.{longer} {ask}"


def _parts(answer: Answer, unit: str) -> list[str]:
    quoted = f"“{short(answer.text, LONGEST)}”" if answer.text else ""
    if answer.ack:
        return [f"seen, {quoted}: the reminder waits, the clock runs on"]
    if answer.snooze_days:
        days = "1 working day" if answer.snooze_days == 1 else f"{answer.snooze_days} working days"
        return [part for part in (f"not now, snooze {days}", quoted) if part]
    parts = ["we were wrong"] if answer.false_alarm else []
    if answer.value is not None:
        parts.append(with_unit(answer.value, unit))
    if answer.no_number:
        parts.append(f"no new number ({answer.no_number})")
    if answer.status is not None:
        parts.append("you would stop it" if answer.status is Status.STOP else answer.status.value)
    elif answer.text and answer.value is None and not answer.false_alarm:
        parts.append("a note")
    if quoted:
        parts.append(quoted)
    if answer.holder or answer.holder_by:
        parts.append(_holding(answer))
    return parts


def _holding(answer: Answer) -> str:
    by = f" by {said(answer.holder_by)}" if answer.holder_by else ""
    return f"{answer.holder or 'an answer'} can unblock it{by}" if answer.holder else f"due{by}"
