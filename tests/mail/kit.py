"""A mail server on loopback that keeps what it gets and misbehaves on request."""

import asyncio
import contextlib
import email
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Post:
    """What the server took, and how it answers."""

    kept: list[EmailMessage] = field(default_factory=list)
    rcpt: str = ""
    data: str = ""
    #: Cuts the line: "before" the content is kept, or "after".
    cut: str = ""
    #: Never answers the content.
    hang: bool = False
    server: SMTP | None = None
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - their name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - their name
        if self.data:
            return self.data
        if self.cut == "before":
            _cut(server)
            return "250 OK"
        assert isinstance(envelope.content, bytes)
        made = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(made, EmailMessage)
        made["X-To"] = ", ".join(envelope.rcpt_tos)
        self.kept.append(made)
        if self.cut == "after":
            _cut(server)
        if self.hang:
            await asyncio.sleep(60)
        return "250 OK"

    def login(self, _server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        fits = isinstance(data, LoginPassword) and (data.login, data.password) == (b"pilot", b"p@ss/word")
        return AuthResult(success=fits, handled=False) if not fits else AuthResult(success=True)


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@contextlib.asynccontextmanager
async def mail_server(*, login: bool = False) -> AsyncIterator[Post]:
    """Runs in this loop; `port` says where."""
    post = Post()
    more: dict[str, Any] = (
        {"authenticator": post.login, "auth_required": True, "auth_require_tls": False} if login else {}
    )

    def connected() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a login without TLS: this is loopback
            return SMTP(post, hostname="mail.test", loop=asyncio.get_running_loop(), **more)

    listening = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    post.port = listening.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        listening.close()
