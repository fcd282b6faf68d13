"""Whether there is somebody to tell, somewhere to post, and somebody at work."""

from datetime import datetime, timedelta

import httpx

from bot.domain.faults import fault
from bot.mail.chat import MailChat, server
from bot.messages.figures import plural
from bot.services.chat import ChatError
from bot.setup import email
from bot.setup.checks.ground import Check, Found, Ground, failed, passed, waiting, warned
from bot.setup.checks.memory import _new
from bot.signals.asking import PARTLY
from storage import migrations, outbox, people, pilots, repositories, workspaces
from storage.database import Connection

_LATER = "the database comes first"
_LATE = timedelta(minutes=10)


async def _ready(ground: Ground) -> bool:
    if ground.database is None or _new(ground):
        return False
    return bool(await ground.read(migrations.is_current))


async def admin(ground: Ground) -> Found:
    if not await _ready(ground):
        return warned(fault("PL-062")) if ground.database is not None else waiting(_LATER)
    without = await ground.read(
        lambda conn: [one for one in workspaces.all_of(conn) if not people.admins(conn, one)]
    )
    if without or not await ground.read(workspaces.count):
        return warned(fault("PL-062"))
    return passed("there is one")


async def channel(ground: Ground) -> Found:
    """Whether the digest has a place; whether it arrives there shows by the last one."""
    if not await _ready(ground):
        return warned(fault("PL-060")) if ground.database is not None else waiting(_LATER)
    chosen, refused = await ground.read(_channels) or ([], "")
    if refused:
        return warned(fault("PL-061", reason=refused))
    if not chosen:
        return warned(fault("PL-060"))
    return passed(f"{', '.join(chosen)}; a private one needs /invite @Pilotlight")


def _channels(conn: Connection) -> tuple[list[str], str]:
    """The channels chosen, and why the newest digest of a workspace did not arrive; empty: it did."""
    chosen, refused = [], ""
    for workspace_id in workspaces.all_of(conn):
        found = workspaces.get(conn, workspace_id)
        if found is None or not found.settings.digest_channel:
            continue
        chosen.append(found.settings.digest_channel)
        sent = [row for row in outbox.history(conn, workspace_id, limit=200) if row.kind == "digest"]
        if sent and sent[0].state == "failed":
            refused = sent[0].error or "refused"
    return chosen, refused


async def next_job(ground: Ground) -> Found:
    if not await _ready(ground):
        return passed("nothing is due before the first start")
    now = ground.clock()
    late = await ground.read(lambda conn: pilots.overdue(conn, now - _LATE, limit=1000)) or []
    if late:
        return failed(
            fault("PL-063", pilots=plural(len(late), "pilot"), minutes=int(_LATE / timedelta(minutes=1)))
        )
    digest_at = await ground.read(_next_digest)
    return passed(
        f"next digest {_day(digest_at)}" if digest_at else "nothing is late; no digest is planned yet"
    )


def _next_digest(conn: Connection) -> datetime | None:
    found = [workspaces.get(conn, one) for one in workspaces.all_of(conn)]
    planned = [one.digest_at for one in found if one is not None and one.digest_at is not None]
    return min(planned, default=None)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


async def asked(ground: Ground) -> Found:
    """Whether the repositories that pilots name answer."""
    if not await _ready(ground):
        return passed("nothing is asked before the first start")
    known = await ground.read(
        lambda conn: [row for one in workspaces.all_of(conn) for row in repositories.all_of(conn, one)]
    )
    partly = [row for row in known or [] if row.problem == PARTLY]
    amiss = [row for row in known or [] if row.problem and row not in partly]
    if amiss:
        first = amiss[0]
        return warned(fault("PL-065", count=len(amiss), repository=first.id, problem=first.problem))
    if partly:
        return warned(fault("PL-059", repository=partly[0].id))
    return passed(
        f"{len(known)} answer" if known else "none is asked: that takes a token and pilots with links"
    )


async def heartbeat(ground: Ground) -> Found:
    url = ground.settings.heartbeat_url
    if url is None:
        return passed("no HEARTBEAT_URL; nobody is told when the program stops")
    try:
        async with httpx.AsyncClient(timeout=4.0) as client:
            await client.head(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return failed(fault("PL-064", reason=type(error).__name__))
    return passed("answers")


async def mail(ground: Ground) -> Found:
    """Whether whom no chat reaches can be reached."""
    settings = ground.settings
    if (wrong := email.wrong(settings)) is not None:
        return failed(wrong)
    if settings.smtp_url is None:
        return passed("not set up: of whom no chat reaches, the next in line is asked")
    try:
        await MailChat(
            server(settings.smtp_url.get_secret_value(), settings.smtp_from or ""), clock=ground.clock
        ).look()
    except ChatError as error:
        return failed(fault("PL-069", reason=error.reason))
    return passed("the mail server takes us")


CHECKS = (
    Check(part="work", name="admin", look=admin),
    Check(part="work", name="digest channel", look=channel),
    Check(part="work", name="due", look=next_job),
    Check(part="signals", name="repositories", look=asked),
    Check(part="work", name="heartbeat", look=heartbeat),
    Check(part="e-mail", name="server", look=mail),
)
