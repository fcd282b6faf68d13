"""What people see when they come back from Slack: what to do next, or what went wrong. No I/O."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse, Response

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color:#1f2a37;background:#fff}
h1{font-size:1.4rem}code{background:#eef1f4;padding:.1em .3em;border-radius:3px}a{color:#0b57a4}li{margin:.4rem 0}
@media(prefers-color-scheme:dark){body{color:#e6eaef;background:#14191f}code{background:#26303a}a{color:#8cc2ff}}
""".strip()
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

#: Slack's word → (code of docs/errors.md, status, what happened, what to do).
PROBLEMS: dict[str, tuple[str, int, str, str]] = {
    "access_denied": (
        "PL-070",
        200,
        "The installation was cancelled in Slack.",
        "Nothing was changed. If your workspace lets only admins approve apps, ask one to open the link below.",
    ),
    "invalid_state": (
        "PL-071",
        400,
        "This page was opened twice, in another browser, or more than ten minutes after the start.",
        "Begin again with the link below, in the same browser. It must begin here, not at slack.com.",
    ),
    "missing_code": (
        "PL-071",
        400,
        "Slack sent nothing that could be used.",
        "Begin again with the link below.",
    ),
    "invalid_code": (
        "PL-072",
        400,
        "Slack no longer knows this installation: its code was used already, or is too old.",
        "Begin again with the link below.",
    ),
    "bad_redirect_uri": (
        "PL-073",
        500,
        "Slack expects another return address than this one.",
        "Whoever runs Pilotlight enters PUBLIC_URL/slack/oauth_redirect under OAuth & Permissions → Redirect URLs.",
    ),
    "bad_client_secret": (
        "PL-074",
        500,
        "Slack does not accept Pilotlight's client id and secret.",
        "Whoever runs Pilotlight copies SLACK_CLIENT_ID and SLACK_CLIENT_SECRET again from Basic Information.",
    ),
    "invalid_client_id": (
        "PL-074",
        500,
        "Slack does not accept Pilotlight's client id and secret.",
        "Whoever runs Pilotlight copies SLACK_CLIENT_ID and SLACK_CLIENT_SECRET again from Basic Information.",
    ),
    "org_install": (
        "PL-027",
        400,
        "This was an installation for a whole Enterprise organisation, which Pilotlight does not take.",
        "Remove it there, and install Pilotlight into the one workspace where the pilots are.",
    ),
    "no_bot_token": (
        "PL-072",
        400,
        "Slack gave no bot token.",
        "Begin again with the link below; if it stays, check that the app's manifest is the one of: pilotlight manifest slack",
    ),
    "other": (
        "PL-024",
        502,
        "Slack did not answer as it should.",
        "Wait a minute, then begin again with the link below.",
    ),
}


def installed_page(workspace: str, lacking: Sequence[str], open_slack: str) -> Response:
    """What comes next, for the person who is now the admin."""
    steps = [
        f'<a href="{escape(open_slack)}">Open Pilotlight in Slack</a>.'
        if open_slack
        else "Open Pilotlight in Slack.",
        (
            "Type <code>/pilot settings</code> and pick the channel of the weekly digest. "
            "If it is private, type <code>/invite @Pilotlight</code> there first."
        ),
        "Register the first pilot with <code>/pilot new</code>, or import your list.",
    ]
    without = (
        f"<p>Not granted: <code>{escape(', '.join(lacking))}</code>. Pilotlight runs, with less; "
        "<code>pilotlight doctor</code> says what is missing.</p>"
        if lacking
        else ""
    )
    body = (
        f"<p>You are its admin now. For 48 hours nobody but you gets a message, so that you can look first.</p>"
        f"<ol>{''.join(f'<li>{step}</li>' for step in steps)}</ol>{without}"
    )
    return _page(f"Pilotlight is installed in {workspace or 'your workspace'}", body, 200)


def problem_page(reason: str, *, again: str) -> Response:
    """What happened, what to do, and the way to begin again."""
    code, status, what, todo = PROBLEMS[reason]
    body = (
        f"<p>{escape(what)}</p><p>{escape(todo)}</p>"
        f'<p><a href="{escape(again)}">Begin again</a></p><p>Reference: {code}</p>'
    )
    return _page("Pilotlight was not installed", body, status)


def _page(title: str, body: str, status: int) -> Response:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    page = f'<!doctype html><html lang="en"><head>{head}</head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>'
    return HTMLResponse(page, status, headers=_HEADERS)
