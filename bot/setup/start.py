"""What must be right before the program starts: else it ends at once and says why, instead of looking alive."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.domain.faults import Fault, SetupError, fault
from bot.services import keys
from bot.setup import disk, email
from bot.setup.checks.memory import cipher_of, unreadable
from bot.slack import shapes
from bot.slack.shapes import Wanted
from storage.crypto import Cipher
from storage.database import Database

if TYPE_CHECKING:
    from bot.settings import Settings


def before(settings: "Settings", environment: Mapping[str, str]) -> None:
    """Looks at the settings before anything is opened.

    Raises:
        SetupError: the program cannot start like this.
    """
    try:
        lost = disk.vanishing(settings.database_url, environment)
    except ValueError:
        raise SetupError(fault("PL-040")) from None
    if lost is not None and not settings.pilotlight_vanishing:
        raise SetupError(lost)
    for wrong in (_slack(settings), email.wrong(settings)):
        if wrong is not None:
            raise SetupError(wrong)


def readable(settings: "Settings", database: Database) -> Cipher:
    """The keys, after a look whether they open what is stored.

    Raises:
        SetupError: they do not.
    """
    given = settings.pilotlight_keys
    cipher = cipher_of(given.get_secret_value() if given is not None else None)
    if isinstance(cipher, Fault):
        raise SetupError(cipher)
    stand = database.read_now(lambda conn: keys.stand(conn, cipher))
    if (wrong := unreadable(stand, given=bool(cipher))) is not None:
        raise SetupError(wrong)
    return cipher


def _slack(settings: "Settings") -> Fault | None:
    """What is set for Slack must be enough for Slack."""
    pair = (
        ("SLACK_CLIENT_ID", settings.slack_client_id),
        ("SLACK_CLIENT_SECRET", settings.slack_client_secret),
    )
    present = [name for name, value in pair if value is not None]
    if len(present) == 1:
        absent = next(name for name, value in pair if value is None)
        return fault("PL-037", present=present[0], absent=absent)
    if present and not settings.slack_oauth:
        needs = (("PILOTLIGHT_KEYS", settings.pilotlight_keys), ("PUBLIC_URL", settings.public_url))
        return fault("PL-038", absent=" and ".join(name for name, value in needs if value is None))
    if not settings.slack:
        lone = (
            ("SLACK_APP_TOKEN", settings.slack_app_token),
            ("SLACK_SIGNING_SECRET", settings.slack_signing_secret),
        )
        found = [name for name, value in lone if value is not None]
        return fault("PL-039", present=", ".join(found)) if found else None
    if not settings.slack_way:
        return fault("PL-036" if settings.slack_mode == "socket" else "PL-035")
    if settings.slack_bot_token is not None:
        return shapes.wrong(Wanted.BOT_TOKEN, settings.slack_bot_token.get_secret_value())
    return None
