"""Whether e-mail is set up as it should be, where it is set up at all."""

import importlib.util
from typing import TYPE_CHECKING

from bot.domain.faults import Fault, fault
from bot.mail.chat import server

if TYPE_CHECKING:
    from bot.settings import Settings


def wrong(settings: "Settings") -> Fault | None:
    """What is set for e-mail must be enough for e-mail; nothing set is enough as well."""
    pair = {"SMTP_URL": settings.smtp_url, "SMTP_FROM": settings.smtp_from}
    absent = [name for name, value in pair.items() if value is None]
    if len(absent) == 1:
        return fault("PL-066", present=next(name for name in pair if name not in absent), absent=absent[0])
    if settings.smtp_url is None:
        return None
    if importlib.util.find_spec("aiosmtplib") is None:
        return fault("PL-068")
    try:
        server(settings.smtp_url.get_secret_value(), settings.smtp_from or "")
    except ValueError as error:
        return fault("PL-067", why=error)
    return None
