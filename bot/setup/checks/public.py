"""The address under which others reach us. That it answers from here proves much, not all: only Slack's own request does."""

from functools import partial
from urllib.parse import urlsplit

import httpx

from bot.domain.faults import Fault, fault
from bot.setup.checks.ground import Check, Found, Ground, failed, passed, waiting

_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", ""})  # noqa: S104 - names to recognise
_SECONDS = 4.0


def wrong(url: str, *, test: bool = False) -> Fault | None:
    """What is wrong with an address by its look.

    Args:
        url: as it was given.
        test: whether Slack's own address is a stand-in on this machine, which reaches this machine.

    """
    parts = urlsplit(url if "://" in url else f"//{url}")
    host = parts.hostname or ""
    better = f"https://{parts.netloc}"
    local = host in _LOCAL or host.endswith((".local", ".internal", ".localhost"))
    if local and not test:
        return fault("PL-030", url=url)
    if parts.scheme != "https" and not local:
        return fault("PL-031", better=better)
    if parts.path.strip("/") or parts.query or parts.fragment:
        extra = (parts.path + (f"?{parts.query}" if parts.query else "")) or f"#{parts.fragment}"
        return fault("PL-032", extra=extra, better=f"{parts.scheme}://{parts.netloc}")
    return None


def _stand_in(ground: Ground) -> bool:
    return (urlsplit(ground.settings.slack_api_url).hostname or "") in _LOCAL


async def shape(ground: Ground) -> Found:
    url = ground.settings.public_url
    if url is None:
        return passed("not set; Socket Mode needs none")
    found = wrong(url, test=_stand_in(ground))
    return failed(found) if found is not None else passed(url)


async def answers(ground: Ground) -> Found:
    """An unsigned request must be refused: then it is us, and the guard stands."""
    settings = ground.settings
    if settings.public_url is None or settings.slack_way != "http":
        return passed("nothing comes in that way")
    if wrong(settings.public_url, test=_stand_in(ground)) is not None:
        return waiting("PUBLIC_URL comes first")
    url = settings.public_url.rstrip("/") + "/slack/events"
    status = await ground.once("public", partial(_post, url))
    if isinstance(status, str):
        return failed(fault("PL-033", url=url, reason=status))
    if status != 401:
        return failed(fault("PL-034", url=url, status=status))
    return passed(
        "answers 401 to an unsigned request, as it should; only Slack's own request proves the rest"
    )


async def _post(url: str) -> int | str:
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            return (await client.post(url, content=b"{}")).status_code
    except httpx.HTTPError as error:
        return type(error).__name__


CHECKS = (
    Check(part="address", name="PUBLIC_URL", look=shape),
    Check(part="address", name="answers", look=answers),
)
