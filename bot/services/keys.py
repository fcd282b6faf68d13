"""Stored tokens and their keys: read, replaced when they expire, encrypted anew when the keys change."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.domain.people import Platform
from bot.services.installing import Granted
from storage import tokens, workspaces
from storage.crypto import Cipher, NoKeysError, UnreadableError
from storage.database import Connection, Database
from storage.workspaces import Installation

#: Tokens encrypted anew in one transaction: whatever ends the run leaves whole rows, each readable with the keys given.
BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A stored token, readable."""

    external_id: str
    token: str = field(default="", repr=False)
    #: The app was taken away there: no token opens it, wherever one stands.
    removed: bool = False
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None
    bot_user: str = ""
    scopes: tuple[str, ...] = ()


def held(conn: Connection, cipher: Cipher, platform: Platform, external_id: str) -> Held | None:
    """What is stored for a platform's customer; None: never installed there, or the token stands in the settings.

    Raises:
        NoKeysError: there is one and no key.
        UnreadableError: none of the keys fits.

    """
    found = _installation(conn, platform, external_id)
    if found is not None and found.removed_at is not None:
        return Held(external_id=external_id, removed=True)
    if found is None or not found.token:
        return None
    return Held(
        external_id=external_id,
        token=cipher.decrypt(found.token),
        refresh_token=cipher.decrypt(found.refresh_token) if found.refresh_token else "",
        expires_at=found.expires_at,
        bot_user=found.bot_user,
        scopes=tuple(scope for scope in found.scopes.split(",") if scope),
    )


def renewed(conn: Connection, cipher: Cipher, granted: Granted, before: Held) -> bool:
    """Stores what an expiring token was exchanged for, unless another process has just done so; whether it was stored."""
    found = _installation(conn, granted.platform, granted.external_id)
    if found is None or found.removed_at or not found.token or cipher.decrypt(found.token) != before.token:
        return False
    return tokens.renew(
        conn,
        found.workspace_id,
        found,
        token=cipher.encrypt(granted.token),
        refresh_token=cipher.encrypt(granted.refresh_token) if granted.refresh_token else "",
        expires_at=granted.expires_at,
    )


def _installation(conn: Connection, platform: Platform, external_id: str) -> Installation | None:
    workspace_id = workspaces.of_address(conn, platform, external_id, even_removed=True)
    known = workspaces.installations(conn, workspace_id) if workspace_id else []
    return next((one for one in known if (one.platform, one.external_id) == (platform, external_id)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """How the stored tokens stand with the keys."""

    stored: int = 0
    #: Of these, how many no key reads.
    unreadable: int = 0
    #: Of these, how many are not encrypted with the newest key.
    old: int = 0


def stand(conn: Connection, cipher: Cipher) -> Stand:
    """Reads every stored token once."""
    stored = unreadable = old = 0
    after = ("", "")
    while page := tokens.stored(conn, after=after):
        for one in page:
            stored += 1
            old += not cipher.is_newest(one.token)
            try:
                cipher.decrypt(one.token)
            except (NoKeysError, UnreadableError):
                unreadable += 1
        after = (page[-1].platform.value, page[-1].external_id)
    return Stand(stored=stored, unreadable=unreadable, old=old)


def rotate(database: Database, cipher: Cipher) -> int:
    """Encrypts every stored token with the newest key; returns how many it changed. Begun again, it goes on.

    Raises:
        NoKeysError: there is no key.
        UnreadableError: none fits one of them; what was changed before stays changed and readable.

    """
    changed = 0
    after = ("", "")
    while True:
        page = database.read_now(partial(tokens.stored, after=after, limit=BATCH))
        if not page:
            return changed
        changed += database.write_now(partial(_rotate_page, cipher=cipher, page=page))
        after = (page[-1].platform.value, page[-1].external_id)


def _rotate_page(conn: Connection, *, cipher: Cipher, page: list[Installation]) -> int:
    changed = 0
    for one in page:
        refresh = one.refresh_token
        if cipher.is_newest(one.token) and (not refresh or cipher.is_newest(refresh)):
            continue
        changed += tokens.renew(
            conn,
            one.workspace_id,
            one,
            token=cipher.encrypt(cipher.decrypt(one.token)),
            refresh_token=cipher.encrypt(cipher.decrypt(refresh)) if refresh else "",
            expires_at=one.expires_at,
        )
    return changed
