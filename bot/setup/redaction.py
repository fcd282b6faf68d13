"""What never stands in a log: tokens and passwords, by their shape and by what the settings hold; and no forged lines."""

import re
from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any

#: What stands where a secret stood.
GONE = "[redacted]"
#: A log line is no place for a message; longer texts are cut.
LONGEST = 20_000
#: A secret of the settings shorter than this cannot be told from a word.
_SHORTEST = 8

_TOKENS = (
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{6,}",  # Slack: bot, user, legacy, rotated, refresh
    r"xapp-[\w-]{6,}",
    r"https://hooks\.slack(?:-gov)?\.com/\S+",
    r"https://[\w.-]+\.webhook\.office\.com/\S+",
    r"gh[a-z]_[A-Za-z0-9]{16,}",  # GitHub: personal, OAuth, server, refresh
    r"github_pat_\w{16,}",
    r"gl[a-z]{2,6}-[\w-]{16,}",  # GitLab
    r"eyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?",  # JSON web tokens
    r"AKIA[A-Z0-9]{12,}",
    r"sk-[\w-]{16,}",
    r"gAAAAA[\w-]{20,}={0,2}",  # Fernet
    r"(?<![\w/+=-])[\w-]{43}=(?![\w=])",  # a key for Fernet
)
_SHAPES = re.compile("|".join(_TOKENS))
_WORDS = (
    r"(?:api[_-]?key|access[_-]?token|refresh[_-]?token|client[_-]?secret|signing[_-]?secret|webhook[_-]?secret|app[_-]?password"
    r"|x-gitlab-token|password|passwd|secret|token|authorization|cookie|pilotlight_keys)"
)
_AFTER_A_WORD = re.compile(
    r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{6,}"
    rf"|({_WORDS}[\"']?\s*[=:]\s*[\"']?)"
    r"(?:(?:bearer|basic)\s+)?[^\s\"'&,;)}\]]{3,}"
)
#: A header as a client prints it: `(b'name', b'value')`.
_PAIR = re.compile(rf"(?i)({_WORDS}[\"'],\s*b?([\"']))(?:(?!\2).)+")
#: The name of a value that is secret whatever it looks like.
_SECRET_NAME = re.compile(rf"(?i)(?:.*[_.-])?{_WORDS}")
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@:]*:[^\s/@]+@")
#: What a terminal or a reader of lines could take for a new line, or for a command.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def redactor(secrets: Collection[str] = ()) -> Callable[[str], str]:
    """A function that takes secrets out of a text.

    Args:
        secrets: values that are secret whatever they look like.

    """
    known = sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True)
    exact = re.compile("|".join(map(re.escape, known))) if known else None

    def redact(text: str) -> str:
        if len(text) > LONGEST:
            text = f"{text[:LONGEST]}… ({len(text):,} characters)"
        if exact is not None:
            text = exact.sub(GONE, text)
        text = _SHAPES.sub(GONE, text)
        text = _PAIR.sub(rf"\1{GONE}", text)
        text = _USERINFO.sub(rf"\1{GONE}@", text)
        return _AFTER_A_WORD.sub(
            lambda found: f"{found[1]}{found[2]}{GONE}" if found[1] else f"{found[3]}{GONE}", text
        )

    return redact


def one_line(text: str) -> str:
    """A text without anything that begins a new line or commands a terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def processor(
    redact: Callable[[str], str],
) -> Callable[[Any, str, MutableMapping[str, Any]], Mapping[str, Any]]:
    """As a step of structlog: every text of an event, at any depth; a traceback keeps its lines, indented."""

    def _hides(key: Any, value: Any) -> bool:
        return isinstance(key, str) and bool(value) and _SECRET_NAME.fullmatch(key) is not None

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return one_line(redact(value))
        if isinstance(value, dict):
            return {clean(key): GONE if _hides(key, one) else clean(one) for key, one in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(one) for one in value]
        return value if value is None or isinstance(value, bool | int | float) else clean(str(value))

    def step(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        trace = event.pop("exception", None)
        cleaned: dict[str, Any] = clean(
            {key: value for key, value in event.items() if not key.startswith("_")}
        )
        kept = {key: value for key, value in event.items() if key.startswith("_")}
        if trace is not None:
            lines = [one_line(line) for line in redact(str(trace)).split("\n")]
            cleaned["exception"] = "\n".join(f"    {line}" for line in lines)
        return {**kept, **cleaned}

    return step
