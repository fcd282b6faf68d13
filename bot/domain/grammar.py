"""The words of the grammar: verbs and their other spellings, one working example each, and where a name ends.

A name may hold several words and digits, so only the registry knows where it ends: the longest known name wins. Without
the registry a name in quotes is taken as it is, and any other ends where the verb's own words begin.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.domain.errors import UserError
from bot.domain.quantities import DIGIT_WORDS

_OUTCOME = "Cut helpdesk calls from 1,450 to 900 per week within 9 months"
#: One sentence per verb that works as it stands on any day; the values are what a verb needs.
EXAMPLES = {
    "new": "new Ask HV",
    "register": f"register Ask HV: {_OUTCOME}",
    "list": "list mine",
    "show": "show Ask HV",
    "checkin": "checkin Ask HV 38 moving Danish added",
    "reading": "reading Ask HV 38 on 4 May telephony report",
    "metric": f"metric Ask HV {_OUTCOME}",
    "ready": "ready Ask HV",
    "gate": "gate Ask HV",
    "item": "item Ask HV I4 done https://ci.example.com/runs/7",
    "promise": "promise Ask HV kept",
    "snooze": "snooze Ask HV 5 days quarter closing",
    "pause": "pause Ask HV until 14 December works agreement first",
    "resume": "resume Ask HV",
    "away": "away 14 December to 3 January",
    "handover": "handover Ask HV @anna",
    "edit": "edit Ask HV backup @anna",
    "scale": "scale Ask HV",
    "retire": "retire Ask HV",
    "merge": "merge Ask HV into Reply Assistant",
    "happened": "happened Ask HV",
    "digest": "digest",
    "home": "home",
    "portfolio": "portfolio",
    "calendar": "calendar",
    "privacy": "privacy",
    "settings": "settings",
    "claim": "claim 7F3K-29QM",
    "export": "export",
    "help": "help",
}
NEEDS = {
    "register": "a name, a colon and the outcome in one sentence",
    "reading": "a pilot and a number",
    "metric": "a pilot and a sentence with the number that should change",
    "item": "a pilot, the item's code and done, open or na",
    "promise": "a pilot and the word kept, or until, a new date and a reason",
    "snooze": "a pilot, a number of days and a reason",
    "pause": "a pilot, until, a date and a reason",
    "away": "the first day and the last",
    "handover": "a pilot and a person",
    "edit": "a pilot, a field and its new value",
    "merge": "a pilot, into, and the pilot in which it goes on",
    "claim": "the code that was printed at the start",
}

#: Other ways to say a verb, longest first; each is a whole beginning of the text.
_SAME = {
    "whatever happened to": "happened",
    "whatever happened with": "happened",
    "what ever happened to": "happened",
    "what has happened to": "happened",
    "what happened to": "happened",
    "what happened with": "happened",
    "whatever became of": "happened",
    "what became of": "happened",
    "happened to": "happened",
    "check in": "checkin",
    "check-in": "checkin",
    "hand over": "handover",
    "hand-over": "handover",
    "sign up": "register",
    "page": "portfolio",
    "ics": "calendar",
    "login": "portfolio",
    "gdpr": "privacy",
    "my data": "privacy",
    "forget me": "privacy",
    "erase me": "privacy",
    "commands": "help",
    "usage": "help",
    "-help": "help",
    "--help": "help",
    "-h": "help",
    "?": "help",
}
_LONGEST_SAME = max(phrase.count(" ") for phrase in _SAME) + 1
_WORDS = {**{verb: verb for verb in EXAMPLES}, **_SAME, "whatever": "happened", "what": "happened"}
_AROUND = "\"'“”„‟«»‘’‚`*_.,:;!()[]"


def missing(verb: str, what: str = "") -> UserError:
    """What a verb lacks, in one sentence; `parse` adds the example."""
    return UserError(what or f"“{verb}” needs {NEEDS.get(verb, 'a pilot')}.")


def verb_of(text: str) -> tuple[str, str]:
    """The verb at the beginning of a tidy text, and what follows it; no verb: the empty string and the whole text."""
    words = text.split(" ", _LONGEST_SAME)
    for count in range(min(len(words), _LONGEST_SAME), 0, -1):
        phrase = " ".join(words[:count]).casefold().replace("’", "'")
        bare = phrase.strip(_AROUND)
        verb = _SAME.get(phrase) or _SAME.get(bare) or (bare if bare in EXAMPLES else "")
        if verb:
            return verb, " ".join(words[count:])
    return "", text


#: What other tools call a verb of ours: shown as the nearest one, never done.
_MEANT = {
    **dict.fromkeys(("create", "add", "start", "begin", "propose", "idea"), "new"),
    **dict.fromkeys(("update", "answer", "progress", "log", "post"), "checkin"),
    **dict.fromkeys(("status", "info", "view", "details", "open", "find", "search", "who"), "show"),
    **dict.fromkeys(
        ("delete", "remove", "close", "cancel", "kill", "stop", "end", "archive", "drop"), "retire"
    ),
    **dict.fromkeys(("assign", "transfer", "reassign", "owner"), "handover"),
    **dict.fromkeys(("change", "set", "rename", "backup", "sponsor"), "edit"),
    **dict.fromkeys(("mute", "postpone", "later", "remind", "quiet"), "snooze"),
    **dict.fromkeys(("hold", "freeze", "suspend"), "pause"),
    **dict.fromkeys(("continue", "unpause", "restart"), "resume"),
    **dict.fromkeys(("vacation", "holiday", "ooo", "absent", "leave"), "away"),
    **dict.fromkeys(("value", "number", "measure"), "reading"),
    **dict.fromkeys(("pilots", "all", "mine", "stalled"), "list"),
    **dict.fromkeys(("summary", "weekly"), "digest"),
    **dict.fromkeys(("dashboard", "web"), "portfolio"),
    **dict.fromkeys(("config", "configure", "preferences", "admin"), "settings"),
    **dict.fromkeys(("checklist", "readiness"), "ready"),
    **dict.fromkeys(("tick", "check"), "item"),
    **dict.fromkeys(("download",), "export"),
}


def nearest(text: str) -> str:
    """The verb that was most likely meant by the first word of a text: another tool's word, begun, or mistyped by a letter in four; else help."""
    word = text.partition(" ")[0][:40].casefold().strip(_AROUND)
    if word in _MEANT:
        return _MEANT[word]
    if len(word) < 3:
        return "help"
    begun = next((verb for verb in EXAMPLES if verb.startswith(word)), "")
    most = max(1, len(word) // 4)
    found = process.extractOne(word, _WORDS.keys(), scorer=OSA.distance, score_cutoff=most)
    return begun or (_WORDS[found[0]] if found else "help")


#: After one of these a verb was only the first word of a sentence: "ready for review", "list of suppliers".
_PROSE = frozenset(
    (
        *("is", "are", "was", "were", "has", "have", "had", "will", "would", "can", "could", "should", "may"),
        *("of", "for", "in", "at", "by", "with", "and", "or", "but", "not", "me", "us", "them", "it"),
        *("came", "comes", "come", "looks", "seems", "went", "goes", "needed", "wanted", "might", "isn't"),
    )
)
_ALONE = ("digest", "home", "portfolio", "privacy", "settings", "export")
_NAME_ONLY = ("new", "show", "ready", "gate", "resume", "scale", "happened")


def is_prose(verb: str, rest: str) -> bool:
    """Whether a message that begins with a verb is a sentence all the same."""
    words = rest.casefold().split(" ", 10)
    first = words[0].strip(",;:.!?") if rest else ""
    if verb == "help":
        return first not in ("", "me", "please", "with") and not verb_of(rest)[0]
    if verb in _ALONE:
        return first not in ("", "please", "now", "?", "help", "--help")
    if verb in _NAME_ONLY and not quoted(rest) and (len(words) > 8 or _SENTENCE.search(rest)):
        return verb != "happened"
    return first in _PROSE


_SENTENCE = re.compile(r"[,;:] |[.!?] [^\W\d_]")

# --- Names

_QUOTED = re.compile(
    r"[\"“”„‟«»](?P<double>[^\"“”„‟«»]{1,300})[\"“”„‟«»]"
    r"|['‘‚‛](?P<single>[^'‘’‛]{1,300})['’‘‛](?=[\s,;:.!?]|$)"
    r"|`(?P<code>[^`]{1,300})`"
)
_LETTERS = str.maketrans("’‘‚‛–—−“”„‟«»", '\'\'\'\'---""""""')
_STATUS_WORDS = frozenset(("moving", "stuck", "blocked", "waiting", "stop", "snooze"))
_PHRASES = (
    ("no", "number"),
    ("no", "new"),
    ("not", "measurable"),
    ("not", "yet"),
    ("data", "late"),
    ("data", "is"),
    ("i", "would"),
    ("i'd", "stop"),
    ("on", "it"),
    ("you", "were"),
    ("we", "are"),
)
_NUMBER = re.compile(
    r"[-+−~]?[€$£¥]?[.,]?\d[\d.,'’٫٬]{0,30}(?:[-–]\d{1,20})?(?:[%‰€£$]|[kKmM]|[bB]n|Mio|[a-z]{1,3})?[,;:.!]?"
)
_VALUE_FROM = re.compile(r"[-+−~]?[€$£¥]?\d")

Cut = Callable[[Sequence[str]], int]


def folded(name: str) -> str:
    """A name for comparing: case, form and kind of quotes and dashes do not matter."""
    if name.isascii():
        return " ".join(name[:400].casefold().split())
    return " ".join(unicodedata.normalize("NFKC", name[:400]).translate(_LETTERS).casefold().split())


def split_name(words: str, known: Sequence[str]) -> tuple[str, str]:
    """The pilot's name at the beginning of a text, and what follows it.

    Args:
        words: a tidy text after its verb: ``Ask HV 38 moving``.
        known: names, aliases, old names and ids of the registry; the longest that begins the text wins and is returned
            as the registry has it. Where none does: a name in quotes, else the words up to the first status word,
            number, or comma or colon at a word's end, the first word always among them.

    Returns:
        The name without quotes and the rest; ("", "") for a text without words.

    """
    return known_name(words, known) or cut_name(words, _before_answer)


def after(words: str) -> str:
    """What follows a name, without the signs between them; the minus of ``-5`` stays."""
    return words.lstrip(" ,;:–—").removeprefix("- ")


def quoted(words: str) -> tuple[str, str] | None:
    """A name in quotes at the beginning of a text, and the rest."""
    found = _QUOTED.match(words)
    if found is None:
        return None
    name: str = found["double"] or found["single"] or found["code"]
    return name.strip(), after(words[found.end() :])


def cut_name(words: str, cut: Cut) -> tuple[str, str]:
    """A name in quotes and the rest, else the words up to the place that ``cut`` names, or to a colon before it."""
    found = quoted(words)
    if found:
        return found
    tokens = words.split(" ")
    at = min(cut(tokens), first_where(tokens, lambda place: tokens[place - 1].endswith(":")))
    return unquoted(" ".join(tokens[:at])), after(" ".join(tokens[at:]))


def unquoted(name: str) -> str:
    """A whole name without the quotes around it and the punctuation after it."""
    name = name.strip(" ")
    found = quoted(name)
    if found and not found[1].strip("?.!,;: "):
        return found[0]
    return name.rstrip("?.!,;: ").strip('"“”„‟«»` ')


def known_name(words: str, known: Sequence[str]) -> tuple[str, str] | None:
    """As `split_name`, but None where no known name begins the text."""
    names = {key: name for name in known if (key := folded(name))} if words else {}
    if not names:
        return None
    found = quoted(words)
    if found:
        name = names.get(folded(found[0]))
        return (name, found[1]) if name else None
    most = max(key.count(" ") for key in names) + 1
    tokens = words.split(" ", most)
    for count in range(min(len(tokens), most), 0, -1):
        key = folded(" ".join(tokens[:count]))
        name = names.get(key) or names.get(key.rstrip(",;:.!?-"))
        if name:
            return name, after(" ".join(tokens[count:]))
    return None


def _ends_with_sign(token: str) -> bool:
    return token[-1:] in (",", ";", ":") and len(token) > 1


def first_where(tokens: Sequence[str], begins: Callable[[int], bool]) -> int:
    """The place of the first token after the first one where something begins; the number of tokens where nothing does."""
    return next((at for at in range(1, len(tokens)) if begins(at)), len(tokens))


def _before_answer(tokens: Sequence[str]) -> int:
    plain = [token.casefold().replace("’", "'") for token in tokens[:200]]

    def begins(at: int) -> bool:
        word, second = (one.strip(",;:.!?") for one in (plain[at], *plain[at + 1 : at + 2], "")[:2])
        return (
            word in _STATUS_WORDS
            or plain[at] in ("-", "–", "—")
            or (word, second) in _PHRASES
            or _ends_with_sign(plain[at - 1])
            or bool(_NUMBER.fullmatch(plain[at]))
        )

    at = first_where(plain, begins)
    return at if at < len(plain) else len(tokens)


def before_number(tokens: Sequence[str]) -> int:
    """``Ask HV 38 on 4 May`` → the place of 38."""
    return first_where(tokens, lambda at: bool(_VALUE_FROM.match(tokens[at])))


_LEAD = re.compile(r"(?:(?:is|at|now|=|of|value) ){1,3}", re.IGNORECASE)


def without_lead(words: str) -> str:
    """``is at 38`` → ``38``."""
    return words[lead.end() :] if (lead := _LEAD.match(words)) else words


def before_days(tokens: Sequence[str]) -> int:
    """``Ask HV for a week audit`` → the place of "for" or "a"."""

    def begins(at: int) -> bool:
        word, after = tokens[at].casefold(), tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
        if word == "for":
            return bool(_VALUE_FROM.match(after)) or after in DIGIT_WORDS or after in ("a", "an")
        unit = after.strip(",;:.").startswith(("day", "week", "working"))
        return bool(_VALUE_FROM.match(word)) or (unit and (word in DIGIT_WORDS or word in ("a", "an")))

    return first_where(tokens, begins)


#: Words with which a sentence about an outcome begins.
_CHANGE = frozenset(
    (
        *("reduce", "reduces", "reducing", "cut", "cuts", "cutting", "lower", "lowers", "decrease", "shrink"),
        *("shorten", "shortens", "halve", "double", "triple", "increase", "increases", "increasing", "raise"),
        *(
            "raises",
            "improve",
            "grow",
            "lift",
            "boost",
            "save",
            "saves",
            "bring",
            "bringing",
            "keep",
            "keeps",
        ),
        *(
            "hold",
            "reach",
            "get",
            "drop",
            "make",
            "move",
            "push",
            "go",
            "fewer",
            "less",
            "more",
            "at",
            "from",
        ),
        *("zero", "no", "we", "let", "let's", "run", "implement", "explore", "roll", "become", "use"),
        *("deploy", "build", "significantly", "one", "two", "three"),
    )
)


def before_sentence(tokens: Sequence[str]) -> int:
    """``Ask HV Reduce calls by 40%`` → the place of "Reduce"; where nothing tells, the name is one word."""
    at = first_where(tokens, lambda at: _ends_with_sign(tokens[at - 1]) or tokens[at].casefold() in _CHANGE)
    return at if at < len(tokens) else 1


_CODE = re.compile(r"(?:[IO][1-8]|D[1-7])", re.IGNORECASE)
_LIKE_CODE = re.compile(r"[IDO]\d{1,2}[,:;.]?", re.IGNORECASE)
_AFTER_CODE = ("done", "open", "na", "n/a", "reopen", "ticked", "yes")


def is_code(word: str) -> bool:
    """Whether a word is the code of a checklist item: I1–I8, D1–D7, O1–O8."""
    return bool(_CODE.fullmatch(word.strip(",;:.")))


def before_code(tokens: Sequence[str]) -> int:
    """``Route I5 planner I4 done`` → the place of the code before done, open or na, else of the first code."""
    codes = [at for at in range(1, len(tokens)) if _LIKE_CODE.fullmatch(tokens[at])]
    told = [
        at for at in codes if at + 1 < len(tokens) and tokens[at + 1].casefold().strip(",;:.") in _AFTER_CODE
    ]
    return (told or codes or [len(tokens)])[0]


def is_until(word: str) -> bool:
    return word.casefold() in ("until", "till", "til", "til'", "'til")


def before_until(tokens: Sequence[str], reads: Callable[[str], bool]) -> int:
    """The first "until" that a date follows, else the first one; ``reads`` tells whether a text begins with a date."""
    places = [at for at in range(1, min(len(tokens), 60)) if is_until(tokens[at])]
    dated = (at for at in places if reads(" ".join(tokens[at + 1 : at + 8])))
    return next(dated, places[0] if places else len(tokens))


_MENTION = re.compile(r"<@([^\s<>|]{1,100})(?:\|[^<>]{0,100})?>")


def person(text: str) -> str:
    """A person as typed: a mention as ``<@ID>``, else a handle or name without quotes."""
    mention = _MENTION.match(text)
    return f"<@{mention[1]}>" if mention else unquoted(text)


def before_person(tokens: Sequence[str]) -> int:
    """The place of the first mention or handle, else of the last "to", else of the last word."""
    marked = first_where(tokens, lambda at: tokens[at].startswith(("<@", "@")))
    if marked < len(tokens):
        return marked - 1 if marked > 1 and tokens[marked - 1].casefold() == "to" else marked
    return max(
        (at for at in range(1, len(tokens) - 1) if tokens[at].casefold() == "to"),
        default=max(len(tokens) - 1, 1),
    )


def before_into(tokens: Sequence[str]) -> int:
    """The place of "into"."""
    return first_where(tokens, lambda at: tokens[at].casefold() == "into")


def before_because(tokens: Sequence[str]) -> int:
    """The place of "because"."""
    return first_where(tokens, lambda at: tokens[at].casefold() == "because")


PEOPLE = ("owner", "backup", "sponsor", "process_owner", "data_owner", "run_owner")
LINKS = ("channel", "repo", "dashboard", "runbook", "dpia", "notebook", "memo", "demo")
FIELDS = (
    *("name", "aliases", "department", *PEOPLE, "deadline", "decision_date", "kill_line", "guardrail"),
    *("cost_to_date", "cost_per_week", "risk_class", *LINKS, "cadence"),
)
_FIELD = {field: field for field in FIELDS} | {
    "alias": "aliases",
    "risk": "risk_class",
    "repository": "repo",
    "guardrails": "guardrail",
    "decision": "decision_date",
    "cost": "cost_to_date",
    "weekly_cost": "cost_per_week",
    "check-in_cadence": "cadence",
}
_LONGEST_FIELD = 3


def field_at(words: str) -> tuple[str, str]:
    """The field that a text begins with, and its value: ``kill line: we stop if …`` → kill_line; no field: ("", words)."""
    tokens = words.split(" ", _LONGEST_FIELD)
    for count in range(min(len(tokens), _LONGEST_FIELD), 0, -1):
        field = _FIELD.get("_".join(tokens[:count]).casefold().rstrip(":=").replace("kill-line", "kill_line"))
        if field:
            value = " ".join(tokens[count:]).lstrip(":= ")
            return field, value.removeprefix("to ") if field not in ("name", "aliases") else value
    return "", words


def before_fields(rest: str) -> Sequence[tuple[str, str]]:
    """Every way to split ``NAME FIELD VALUE`` at a field, the first one first."""
    found = quoted(rest)
    if found:
        return [found]
    tokens = rest.split(" ", 60)
    places = [at for at in range(1, len(tokens)) if field_at(" ".join(tokens[at : at + _LONGEST_FIELD]))[0]]
    return [(unquoted(" ".join(tokens[:at])), " ".join(tokens[at:])) for at in places]
