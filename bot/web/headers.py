"""What every answer of the page carries, and what every form must bring."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.services import login

#: Nothing from elsewhere, no script at all, no frame around it.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that a browser sends "Origin: null" with our own forms, and we could not tell whose they are.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_YEAR = 365 * 24 * 3600
_MOST_FORM = 10_000
_FORM = "application/x-www-form-urlencoded"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

#: Where people reach the page; a cookie that only travels over TLS can be had where that is https.
Address = Callable[[], str]


def secured(response: Response, address: str, *, store: str = "no-store") -> Response:
    """The response with its headers."""
    response.headers.update(_HEADERS)
    response.headers["Cache-Control"] = store
    if address.startswith("https://"):
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    return response


def cookie_name(address: str, what: str = "") -> str:
    """`__Host-` binds a cookie to this very host over TLS; on loopback there is none."""
    return f"{'__Host-' if address.startswith('https://') else ''}pilotlight{what}"


def set_cookie(response: Response, address: str, name: str, value: str, *, seconds: int) -> None:
    """Out of reach of scripts and of other sites' requests; nothing but this host gets it."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=address.startswith("https://"),
    )


async def form_of(request: Request, address: str, held: str) -> Mapping[str, str]:
    """The fields of a form that this page gave to this browser.

    Args:
        request: a POST.
        address: where people reach the page.
        held: the cookie that the form was made for.

    Raises:
        HTTPException: 403, it is not; 413, it is too long.

    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(403, "That was not one of our forms.")
    if not _from_here(request, address):
        raise HTTPException(403, "That came from another site.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_FORM:
            raise HTTPException(413, "That form is too long.")
    fields = dict(
        parse_qsl(body.decode("ascii", errors="replace"), keep_blank_values=True, max_num_fields=20)
    )
    if not login.is_proof(fields.get("proof", ""), held):
        raise HTTPException(403, "That form is too old. Open the page again.")
    return fields


def _from_here(request: Request, address: str) -> bool:
    """Whether the browser says that the request began on this page; one that says nothing is not believed."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    return origin in _origins(address) if origin is not None else site == "same-origin"


def _origins(address: str) -> set[str]:
    """The page's own origin; this machine's has several names."""
    found = urlsplit(address)
    own = f"{found.scheme}://{found.netloc}"
    port = f":{found.port}" if found.port else ""
    names = {f"http://{name}{port}" for name in _LOOPBACK}
    return names if own in names else {own}
