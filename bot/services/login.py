"""Signing in at the page: a personal link from chat opens a session, and both are known by their hashes only.

A link works once, by pressing its button, within ten minutes; a session lives while its person may look.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.errors import UserError
from bot.domain.people import Person
from bot.messages import login as words
from bot.services import identity
from bot.services.context import Context
from bot.services.incoming import Reply
from storage import audit, logins, people, workspaces
from storage.database import Connection
from storage.workspaces import Workspace

#: How long a link may wait for its press.
LINK_LASTS = timedelta(minutes=10)
#: A session ends after so long without a request, and after so long at the latest.
IDLE, ABSOLUTE = timedelta(hours=12), timedelta(days=7)
#: Links that one person gets in a minute.
LINKS_A_MINUTE = 5
#: Seen is written down this seldom: a page that is read must not write on every request.
_NOTED_EVERY = timedelta(minutes=5)
_KEPT = timedelta(days=1)
_TOKEN = re.compile(r"([\w-]{1,64})\.[\w-]{43}", re.ASCII)


class Trouble(StrEnum):
    """Why a link does not open."""

    UNKNOWN = "unknown"
    USED = "used"
    OLD = "old"
    GONE = "gone"


class NotOpened(Exception):
    """The link opens nothing."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


@dataclass(frozen=True, kw_only=True, slots=True)
class Viewer:
    """Somebody at the page."""

    workspace: Workspace
    person: Person
    admin: bool
    leader: bool
    today: date
    #: Whether it is time to note that the session is used.
    stale: bool = False


def link(context: Context) -> Reply:
    """A link that signs the asker in, to the asker alone.

    Raises:
        UserError: the page is reached nowhere yet, or the asker got too many links just now.

    """
    if not context.page:
        raise UserError(
            "The page has no address yet. Whoever runs Pilotlight sets PUBLIC_URL, for example https://pilotlight.example.com"
        )
    conn, workspace_id, now = context.conn, context.workspace.id, context.now
    logins.forget(
        conn,
        workspace_id,
        issued_before=now - _KEPT,
        seen_before=now - IDLE,
        began_before=now - ABSOLUTE,
    )
    minute = now - timedelta(minutes=1)
    if logins.issued_since(conn, workspace_id, context.actor.id, minute) >= LINKS_A_MINUTE:
        raise UserError(
            "Those were five links within a minute. Use the newest one, or ask again in a minute."
        )
    token = new_token(workspace_id)
    logins.issue(conn, workspace_id, hashed(token), person_id=context.actor.id, now=now)
    url = f"{context.page}/login/{token}"
    return Reply(message=words.link(url, minutes=int(LINK_LASTS.total_seconds() // 60)))


def whose(conn: Connection, token: str, now: datetime) -> tuple[Workspace, Person]:
    """For whom a link is; nothing changes, so whatever fetches links ahead of people does no harm.

    Raises:
        NotOpened: for nobody, or not any more.

    """
    workspace_id = workspace_in(token)
    found = logins.issued(conn, workspace_id, hashed(token))
    workspace = workspaces.get(conn, workspace_id) if found is not None else None
    if found is None or workspace is None:
        raise NotOpened(Trouble.UNKNOWN)
    if found.used_at is not None:
        raise NotOpened(Trouble.USED)
    if found.issued_at <= now - LINK_LASTS:
        raise NotOpened(Trouble.OLD)
    person = who_may(conn, workspace, found.person_id, now)
    if person is None:
        raise NotOpened(Trouble.GONE)
    return workspace, person


def enter(conn: Connection, token: str, now: datetime, *, before: str = "") -> str:
    """Uses a link up and begins a session; of two presses at once one enters.

    Args:
        conn: a writing transaction.
        token: of the link.
        now: the moment.
        before: what the browser held until now; that session ends.

    Returns:
        What the browser holds from now on.

    Raises:
        NotOpened: the link opens nothing.

    """
    workspace, person = whose(conn, token, now)
    if logins.use(conn, workspace.id, hashed(token), issued_after=now - LINK_LASTS, now=now) != person.id:
        raise NotOpened(Trouble.USED)
    leave(conn, before, now)
    session = new_token(workspace.id)
    logins.enter(conn, workspace.id, hashed(session), person_id=person.id, now=now)
    _log(conn, workspace.id, person.id, "signed in", now)
    return session


def viewer(conn: Connection, session: str, now: datetime) -> Viewer | None:
    """Who is at the page; None: nobody who may look. Asked again with every request, so a role lost is lost at once."""
    if not session:
        return None
    workspace_id = workspace_in(session)
    found = logins.session(conn, workspace_id, hashed(session))
    if found is None or found.seen_at <= now - IDLE or found.began_at <= now - ABSOLUTE:
        return None
    workspace = workspaces.get(conn, workspace_id)
    person = who_may(conn, workspace, found.person_id, now) if workspace is not None else None
    if workspace is None or person is None:
        return None
    roles = identity.roles_of(conn, workspace, person)
    return Viewer(
        workspace=workspace,
        person=person,
        admin="admin" in roles,
        leader="leader" in roles,
        today=workspace.settings.calendar().today(now),
        stale=found.seen_at <= now - _NOTED_EVERY,
    )


def still_here(conn: Connection, session: str, now: datetime) -> None:
    """Notes that a session is used."""
    logins.seen(conn, workspace_in(session), hashed(session), now)


def leave(conn: Connection, session: str, now: datetime) -> None:
    """Ends a session; one that is none does no harm."""
    if not session:
        return
    workspace_id, id_hash = workspace_in(session), hashed(session)
    found = logins.session(conn, workspace_id, id_hash)
    if found is not None and logins.leave(conn, workspace_id, id_hash):
        _log(conn, workspace_id, found.person_id, "signed out", now)


def proof(held: str) -> str:
    """What a form of ours carries: only whoever holds the cookie could have been given it."""
    return hashlib.sha256(b"form:" + held.encode()).hexdigest()


def is_proof(shown: str, held: str) -> bool:
    """Whether a form was given to whoever holds the cookie."""
    return bool(held) and secrets.compare_digest(shown.encode(), proof(held).encode())


def new_token(workspace_id: str) -> str:
    """The workspace, so that no look-up leaves it, and 256 bits that nobody guesses."""
    return f"{workspace_id}.{secrets.token_urlsafe(32)}"


def workspace_in(token: str) -> str:
    """The part before the secret; a token not of our making is of no workspace."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else ""


def hashed(token: str) -> str:
    """What is kept of a link or a session."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def who_may(conn: Connection, workspace: Workspace, person_id: str, now: datetime) -> Person | None:
    """The person, if they are still here and no guest."""
    person = people.get(conn, workspace.id, person_id)
    today = workspace.settings.calendar().today(now)
    return None if person is None or person.guest or person.gone(today) else person


def _log(conn: Connection, workspace_id: str, person_id: str, what: str, now: datetime) -> None:
    audit.append(conn, workspace_id, actor=person_id, what=what, subject=person_id, surface="web", now=now)
