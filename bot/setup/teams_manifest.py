"""The package that a Teams admin uploads: manifest.json and two icons in a zip.

https://learn.microsoft.com/microsoft-365/extensibility/schema/ · https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package

It asks for nothing: scopes `personal` and `team`, no resource-specific consent, no single sign-on. Words that were not meant for the
bot never reach it.
"""

import io
import json
import re
import zipfile
from typing import Any
from urllib.parse import urlsplit

from bot.domain.faults import SetupError, fault
from bot.domain.grammar import EXAMPLES
from bot.setup.teams_icons import color, outline

#: Every client of the last years knows it, and its limits are the strictest: ten commands, 32 and 128 characters.
SCHEMA = "1.19"
SCOPES = ("personal", "team")
MOST_COMMANDS, MOST_TITLE, MOST_DESCRIPTION = 10, 32, 128
SHORT = "Keeps the pilot light of AI pilots burning: asks when one goes quiet."
FULL = (
    "Pilotlight keeps a register of AI pilots: each has an owner, a sponsor, a number and a date. When one goes quiet it asks the one "
    "person who can answer, and climbs politely until somebody decides. Leadership reads one digest a week, decisions first. "
    "It reads only what is written to it."
)
#: The menu only inserts text; everything else is typed, and `help` names it.
MENU = {
    "home": "What wants you, and your pilots",
    "list mine": "Pilots with you in them",
    "list decisions": "Pilots that wait for a decision",
    "new": "Register a pilot, in a form",
    "checkin": f"Say how a pilot stands, for example: {EXAMPLES['checkin']}",
    "show": f"One pilot with its dates, for example: {EXAMPLES['show']}",
    "happened": "Whatever happened to a pilot: name it as you remember it",
    "digest": "This week on one page",
    "settings": "Zone, holidays, the digest's channel",
    "help": "Everything that can be typed",
}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
#: A zip of the same content is the same file.
_ALWAYS = (2026, 1, 1, 0, 0, 0)


def manifest(app_id: str | None, public_url: str | None, *, version: str) -> dict[str, Any]:
    """The manifest of one installation.

    Args:
        app_id: TEAMS_APP_ID, the bot's id at Microsoft.
        public_url: where this installation is reached, by https.
        version: of the package, three numbers; raise it for an upgrade.

    Raises:
        SetupError: what is missing or of no use, and what to do.

    """
    if not _GUID.fullmatch(app_id or ""):
        raise SetupError(fault("PL-093"))
    address = urlsplit(public_url or "")
    host = address.hostname or ""
    if address.scheme != "https" or not _HOST.fullmatch(host):
        raise SetupError(fault("PL-094"))
    page = f"https://{address.netloc}/"
    commands = [{"title": title, "description": told} for title, told in MENU.items()]
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version,
        "id": str(app_id).lower(),
        "developer": {"name": "Pilotlight", "websiteUrl": page, "privacyUrl": page, "termsOfUseUrl": page},
        "name": {"short": "Pilotlight", "full": "Pilotlight: a register of AI pilots"},
        "description": {"short": SHORT, "full": FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#1F3A5F",
        "bots": [
            {
                "botId": str(app_id).lower(),
                "scopes": list(SCOPES),
                "isNotificationOnly": False,
                "supportsFiles": False,
                "supportsCalling": False,
                "supportsVideo": False,
                "commandLists": [{"scopes": [scope], "commands": commands} for scope in SCOPES],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot"},
    }


def package(app_id: str | None, public_url: str | None, *, version: str) -> bytes:
    """The zip with everything at its root, as the upload wants it.

    Raises:
        SetupError: as `manifest`.

    """
    held = {
        "manifest.json": json.dumps(
            manifest(app_id, public_url, version=version), indent=2, ensure_ascii=False
        ).encode(),
        "color.png": color(),
        "outline.png": outline(),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in held.items():
            entry = zipfile.ZipInfo(name, _ALWAYS)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
