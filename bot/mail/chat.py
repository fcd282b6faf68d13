"""The protocol of `services.chat` over SMTP.

https://www.rfc-editor.org/rfc/rfc5321

Until the server has taken the whole message nothing was sent, and it may be tried again. From the moment in which the content
leaves until the server's last word nobody knows; and an e-mail cannot be looked for. So it is never sent again under its key.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address as MailAddress
from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.domain.people import Address
from bot.mail.render import message_id, rendered
from bot.messages.model import Message
from bot.services.chat import CannotLook, ChatError, Delivered, Place, Profile, Trouble

#: One clock over everything, within that of a delivery; saying goodbye is waited for no longer than that.
_SECONDS, _GOODBYE = 8.0, 1.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where e-mail is handed over."""

    host: str
    port: int
    #: TLS from the first byte; else STARTTLS, without which nothing is sent but to this machine.
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)
    sender: MailAddress


def server(url: str, sender: str) -> Server:
    """What the settings say.

    Raises:
        ValueError: they cannot be read; the text shows no password.

    """
    try:
        found = urlsplit(url.strip())
        port = found.port
    except ValueError:
        raise ValueError("an address like smtp://user:password@mail.example.com:587") from None
    if found.scheme not in ("smtp", "smtps") or not found.hostname:
        raise ValueError("an address like smtp://user:password@mail.example.com:587")
    name, who = parseaddr(sender)
    if not is_address(who):
        raise ValueError("a sender like Pilotlight <pilotlight@example.com>")
    return Server(
        host=found.hostname,
        port=port or (465 if found.scheme == "smtps" else 587),
        tls=found.scheme == "smtps",
        user=unquote(found.username or ""),
        password=unquote(found.password or ""),
        sender=MailAddress(name, addr_spec=who),
    )


def is_address(text: str) -> bool:
    """Whether a text can be somebody's address: one at-sign between two plain parts."""
    who, at, domain = text.rpartition("@")
    plain = text.isascii() and text.isprintable() and not any(sign in text for sign in ' <>,;:"()[]\\')
    return bool(plain and at and who and "@" not in who and "." in domain.strip(".") and len(text) <= 254)


class MailChat:
    """E-mail, for all workspaces."""

    def __init__(self, server: Server, *, clock: Callable[[], datetime]) -> None:
        self._server, self._clock = server, clock

    async def send(self, place: Place, message: Message, *, key: str) -> Delivered:
        """Hands a message over, once.

        Raises:
            ChatError: with the trouble told apart.

        """
        if not is_address(place.user):
            raise ChatError(Trouble.RECIPIENT, "no e-mail address")
        made = rendered(
            message,
            sender=self._server.sender,
            to=MailAddress(addr_spec=place.user),
            key=key,
            workspace=place.workspace,
            now=self._clock(),
        )
        flight = _Flight()
        try:
            async with asyncio.timeout(_SECONDS):
                await self._hand_over(place.user, made.as_bytes(), flight)
        except TimeoutError:
            raise ChatError(flight.trouble, "timeout") from None
        finally:
            await flight.land()
        return Delivered(
            channel=place.user, message_id=message_id(key, place.workspace, self._server.sender.domain)
        )

    async def update(self, place: Place, message_id: str, message: Message, *, key: str) -> None:
        """An e-mail stays as it is."""

    async def was_sent(self, place: Place, *, key: str, since: datetime) -> Delivered | None:  # noqa: ARG002 - the protocol's
        """Nobody can look into somebody's mailbox.

        Raises:
            CannotLook: always.

        """
        raise CannotLook

    async def profile(self, address: Address) -> Profile | None:
        """A mailbox tells nothing of its owner."""

    async def people(self, workspace: str) -> list[Profile]:  # noqa: ARG002 - the protocol's
        """Nor of others."""
        return []

    async def look(self) -> None:
        """Whether the server is there and lets us in; nothing is sent.

        Raises:
            ChatError: it does not.

        """
        flight = _Flight()
        try:
            async with asyncio.timeout(_SECONDS):
                await self._connect(flight)
        except TimeoutError:
            raise ChatError(flight.trouble, "timeout") from None
        finally:
            await flight.land()

    async def _connect(self, flight: "_Flight") -> None:
        import aiosmtplib

        here = self._server
        # Nothing leaves this machine without TLS and a certificate that fits; to itself it may speak plainly.
        leaves = here.host not in _LOOPBACK
        flight.client = client = aiosmtplib.SMTP(
            hostname=here.host,
            port=here.port,
            use_tls=here.tls,
            start_tls=leaves and not here.tls,
            timeout=_SECONDS,
        )
        try:
            await client.connect()
            if here.user:
                await client.login(here.user, here.password)
        except aiosmtplib.SMTPAuthenticationError as error:
            raise ChatError(Trouble.WORKSPACE, f"login refused ({error.code})") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error, Trouble.WORKSPACE) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise ChatError(Trouble.NOT_CONNECTED, type(error).__name__) from None

    async def _hand_over(self, to: str, content: bytes, flight: "_Flight") -> None:
        import aiosmtplib

        await self._connect(flight)
        client = flight.client
        try:
            await client.mail(self._server.sender.addr_spec)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error, Trouble.WORKSPACE) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChatError(Trouble.NOT_CONNECTED, type(error).__name__) from None
        try:
            await client.rcpt(to)
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error, Trouble.RECIPIENT) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChatError(Trouble.NOT_CONNECTED, type(error).__name__) from None
        flight.trouble = Trouble.UNCERTAIN
        try:
            await client.data(content)
        except aiosmtplib.SMTPDataError as error:
            raise _refused(error, Trouble.MESSAGE) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ChatError(Trouble.UNCERTAIN, type(error).__name__) from None


@dataclass
class _Flight:
    """One connection, and what its sudden end would mean."""

    client: Any = None
    trouble: Trouble = Trouble.NOT_CONNECTED

    async def land(self) -> None:
        """Says goodbye, and closes however that goes."""
        if self.client is None:
            return
        try:
            async with asyncio.timeout(_GOODBYE):
                if self.client.is_connected:
                    await self.client.quit()
        except Exception:  # noqa: BLE001, S110 - the message has its fate already
            pass
        finally:
            self.client.close()


def _refused(error: Any, for_good: Trouble) -> ChatError:
    """A server's no: 4xx for now, 5xx for good."""
    code = int(error.code)
    if 400 <= code < 500:
        return ChatError(Trouble.LIMITED, f"smtp_{code}")
    return ChatError(for_good, f"smtp_{code}")
