"""What somebody pasted, by its look: the right thing, another one of Slack's, or something else. No I/O.

https://docs.slack.dev/authentication/tokens: xoxb- bot, xoxp- person, xapp- app-level, xoxe- for configuration and refreshing.
"""

import re
from enum import StrEnum

from bot.domain.faults import Fault, fault

#: Round what is pasted: blanks of every kind, quotation marks, marks nobody sees.
_AROUND = " \t\r\n\"'`\u00a0\u200b\u200c\u200d\u2060\ufeff“”‘’"
_HEX = re.compile(r"[0-9a-fA-F]{32}")
_BLANK = re.compile(r"\s")


class Wanted(StrEnum):
    """What is asked for."""

    BOT_TOKEN = "the Bot User OAuth Token (xoxb-)"  # noqa: S105 - its name
    APP_TOKEN = "the app-level token (xapp-)"  # noqa: S105 - likewise
    SIGNING_SECRET = "the Signing Secret"  # noqa: S105 - likewise


WHERE = {
    Wanted.BOT_TOKEN: "OAuth & Permissions",
    Wanted.APP_TOKEN: "Basic Information → App-Level Tokens",
    Wanted.SIGNING_SECRET: "Basic Information → App Credentials",
}


def cleaned(pasted: str) -> str:
    """Without what a mouse takes along: blanks and quotation marks around it, a name in front (`SLACK_BOT_TOKEN=…`)."""
    text = pasted.strip(_AROUND)
    name, equals, value = text.partition("=")
    if equals and re.fullmatch(r"(?:export\s+)?[A-Z_]+", name.strip()):
        text = value.strip(_AROUND)
    return text


def wrong(wanted: Wanted, text: str) -> Fault | None:
    """What is wrong with a cleaned value by its look alone; None: nothing."""
    if _BLANK.search(text):
        return fault("PL-014")
    if wanted is Wanted.SIGNING_SECRET:
        if _HEX.fullmatch(text):
            return None
        return fault("PL-026", found=_called(text) or f"it has {len(text)} signs")
    prefix = "xoxb-" if wanted is Wanted.BOT_TOKEN else "xapp-"
    if text.startswith(prefix):
        return None
    if wanted is Wanted.BOT_TOKEN and text.startswith("xapp-"):
        return fault("PL-010")
    if wanted is Wanted.APP_TOKEN and text.startswith("xoxb-"):
        return fault("PL-011")
    if text.startswith("xoxp-"):
        return fault("PL-012")
    found = _called(text) or "something else"
    return fault("PL-013", found=found, wanted=wanted.value, where=WHERE[wanted])


def _called(text: str) -> str:
    """The name of another thing that people have at hand; empty: none that is known."""
    names = (
        ("xoxe.", "an app configuration token"),
        ("xoxe-", "a refresh token"),
        ("xoxs-", "a token of a browser session"),
        ("xoxc-", "a token of a browser session"),
        ("xoxa-", "a token of the former kind"),
        ("xoxr-", "a refresh token"),
        ("xoxb-", "the bot token"),
        ("xoxp-", "a person's token"),
        ("xapp-", "the app-level token"),
        ("https://hooks.slack.com/", "an incoming webhook's address"),
        ("http", "an address"),
    )
    for prefix, name in names:
        if text.startswith(prefix):
            return name
    if _HEX.fullmatch(text):
        return "the signing secret or the client secret"
    if re.fullmatch(r"\d+\.\d+", text):
        return "the client id"
    if re.fullmatch(r"A[A-Z0-9]{8,}", text):
        return "the app id"
    if re.fullmatch(r"[A-Za-z0-9]{24}", text):
        return "the verification token, which Slack no longer uses"
    return "nothing at all" if not text else ""


def app_of(app_token: str) -> str:
    """The app that an app-level token belongs to: xapp-1-A0123-…; empty where it does not say."""
    parts = app_token.split("-")
    return parts[2] if len(parts) > 3 and parts[2].startswith("A") else ""
