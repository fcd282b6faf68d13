"""The sign of life for somebody outside: it comes while nothing is amiss, so silence alarms."""

import logging

import httpx

log = logging.getLogger(__name__)

_SECONDS = 5.0


async def beat(url: str) -> bool:
    """Calls the address once; whether it answered well."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as http:
            answer = await http.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("the heartbeat was not taken", extra={"reason": type(error).__name__})
        return False
    if answer.is_error:
        log.warning("the heartbeat was not taken", extra={"reason": answer.status_code})
    return not answer.is_error
