"""S20: strange requests at every door, as nobody, as four kinds of people at the page, well and ill signed: no 5xx, no undocumented status.

Short in `make test`; `make trial T=S20` sends 20,000.
"""

import asyncio
import hashlib
import hmac
import json
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from bot.app import App, build, configured
from storage import people
from storage.database import Database
from tests.storage.kit import OURS
from tests.web.kit import CHARLIE, HTTPS, Clock, Site, furnished

ROOT = Path(__file__).parents[2]
SECRET = "f0e1d2c3b4a5"
NOBODY = "127.0.0.1:9"  # the discard port: nobody listens there


def documented() -> dict[str, set[int]]:
    """Door → the statuses that the table of docs/hosting.md names for it."""
    text = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(/[^|]*)` \| [^|]+ \| ([\d, ]+) \|$", text, re.MULTILINE)
    return {
        door: {int(status) for status in statuses.split(",")}
        for doors, statuses in rows
        for door in doors.split("`, `")
    }


class Doors(Site):
    """Every door open, on loopback; what they would ask of the platforms goes nowhere."""

    def paths(self) -> list[str]:
        return [route.path for route in self.web.routes if isinstance(route, Route)]


@contextmanager
def doors(folder: Path) -> Iterator[Doors]:
    url = f"sqlite:///{folder / 'fuzz.db'}"
    (folder / "fuzz.db").write_bytes(furnished())
    database, clock = Database(url), Clock()
    app: App = build(
        configured(
            database_url=url,
            public_url=HTTPS,
            slack_client_id="1.2",
            slack_client_secret=SECRET,
            slack_signing_secret=SECRET,
            slack_api_url=f"http://{NOBODY}/api/",
            pilotlight_keys="kT4Yt0s5yC3rW1nYpXwqj0m0kzU3bW1Yx8h0m3n5o2E=",
            teams_playground="1",
            teams_tenant_id="00000000-0000-4000-8000-000000000001",
            teams_service_hosts="127.0.0.1",
            github_webhook_secret=SECRET,
            gitlab_webhook_secret=SECRET,
            signal_webhook_secret=SECRET,
        ),
        clock=clock,
        database=database,
    )
    try:
        yield Doors(app, app.web(with_clock=False), clock)
    finally:
        database.close()


METHODS = ("GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")
WORDS = [
    "",
    "P01",
    "T77",
    "%00",
    "../../etc/passwd",
    "a" * 5_000,
    "\u202e",
    "'; DROP TABLE x",
    "{}",
    "é",
    "0",
    "-1",
    "1e999",
]
TYPES = [
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "\x7f",
]
EVENTS = ["push", "ping", "pull_request", "Push Hook", "deployment_status", "release", "nonsense"]

scalar = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(WORDS), st.text(max_size=20)
)
#: The names that the doors look for, with anything in them.
names = st.sampled_from(
    [
        "type",
        "token",
        "team_id",
        "team",
        "event",
        "event_id",
        "user",
        "channel",
        "actions",
        "view",
        "state",
        "payload",
        "text",
        "command",
        "trigger_id",
        "response_url",
        "callback_id",
        "private_metadata",
        "values",
        "id",
        "name",
        "from",
        "conversation",
        "serviceUrl",
        "channelData",
        "tenant",
        "recipient",
        "value",
        "action",
        "verb",
        "data",
        "repository",
        "commits",
        "ref",
        "after",
        "pull_request",
        "object_attributes",
        "project",
        "kind",
        "actor",
        "at",
        "challenge",
        "block_id",
    ]
)
thing = st.recursive(
    scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=5)),
    max_leaves=12,
)
KNOWN = [
    {"type": "url_verification", "challenge": "x"},
    {"type": "event_callback", "team_id": "T1", "event_id": "E1", "event": {"type": "message", "channel_type": "im", "user": "UALICE", "text": "9, moving", "channel": "D1", "ts": "1.1"}},
    {"type": "event_callback", "team_id": "T1", "event": {"type": "app_home_opened", "user": "UALICE", "tab": "home"}},
    {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "UALICE"}, "trigger_id": "1", "actions": [{"action_id": "press:0.0", "value": "{}"}]},
    {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "UALICE"}, "view": {"id": "V1", "callback_id": "submit", "private_metadata": "{}", "state": {"values": {}}}},
    {"type": "message", "id": "1", "text": "list mine", "from": {"id": "29:x", "aadObjectId": "00000000-0000-4000-8000-0000000000a1"}, "recipient": {"id": "28:bot"}, "conversation": {"id": "a:x", "conversationType": "personal", "tenantId": "00000000-0000-4000-8000-000000000001"}, "channelId": "msteams", "serviceUrl": f"http://{NOBODY}/"},
    {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"type": "Action.Execute", "verb": "press", "data": {}}}},
    {"ref": "refs/heads/main", "after": "0" * 40, "commits": [{"id": "1", "message": "x", "author": {"username": "alice"}}], "repository": {"full_name": "acme/x", "html_url": "https://github.com/acme/x"}},
]  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """JSON near what a door knows, forms, or bytes."""
    match draw(st.integers(0, 5)):
        case 0:
            return draw(st.binary(max_size=200))
        case 1:
            return b"[" * draw(st.sampled_from([10, 5_000]))
        case 2:
            return urlencode(
                draw(st.dictionaries(names, st.text(max_size=20), max_size=6)), errors="replace"
            ).encode()
        case 3:
            near = {**draw(st.sampled_from(KNOWN)), **draw(st.dictionaries(names, thing, max_size=3))}
            return urlencode({"payload": json.dumps(near)}).encode()
        case 4:
            return urlencode({"command": "/pilot", "team_id": "T1", "user_id": "UALICE", "text": draw(st.text(max_size=40)), "trigger_id": "1", "channel_id": "D1", "response_url": f"http://{NOBODY}/x"}, errors="replace").encode()  # fmt: skip
        case _:
            near = {**draw(st.sampled_from(KNOWN)), **draw(st.dictionaries(names, thing, max_size=3))}
            for name in draw(st.lists(st.sampled_from(sorted(near)), max_size=2, unique=True)):
                near.pop(name)
            return json.dumps(near).encode()


def signed(now: datetime, body: bytes, number: int, secret: str = SECRET) -> dict[str, str]:
    """Every door's own proof at once: each reads its own."""
    stamp = str(int(now.timestamp()))
    slack = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    plain = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={slack}",
        "x-hub-signature-256": f"sha256={plain}",
        "x-gitlab-token": secret,
        "x-pilotlight-signature": f"sha256={plain}",
        "x-github-delivery": str(number),
        "idempotency-key": str(number),
    }


#: At the page: an owner, a leader, an admin, and a member who became a guest afterwards.
SESSIONS = ("UALICE", "ULEA", "UADA", "UCHARLIE")
#: As whom a request comes; well signed as often as at the page.
STATES = ("nobody", *SESSIONS, "signed", "signed", "signed", "ill signed")


class Fuzz:
    """Sends what is drawn, and judges the answers."""

    def __init__(self, here: Doors) -> None:
        self.here, self.sent, self.told, self.runner = here, 0, Counter[tuple[str, int]](), asyncio.Runner()
        self.known = documented()
        self.paths = here.paths()
        self.cookies = {who: self.runner.run(self._session(who)) for who in SESSIONS}
        # One of them became a guest since: their session is still shown, and opens nothing.
        guest = replace(CHARLIE, guest=True)
        here.write(lambda conn: people.save(conn, OURS, guest))

    async def _session(self, who: str) -> dict[str, str]:
        async with self.here.browser() as browser:
            await self.here.enter(browser, who)
            return dict(browser.cookies)

    def close(self) -> None:
        self.runner.run(self.here.app.close())
        self.runner.close()

    def once(self, data: st.DataObject) -> None:
        """One request."""
        self.sent += 1
        path = data.draw(st.sampled_from(self.paths))
        word = quote(data.draw(st.sampled_from(WORDS)), safe="")
        asked = re.sub(r"\{\w+(?::path)?\}", word or "x", path)
        body = data.draw(bodies())
        headers = {
            "content-type": data.draw(st.sampled_from(TYPES)),
            "x-github-event": data.draw(st.sampled_from(EVENTS)),
        }
        headers["x-gitlab-event"] = headers["x-github-event"]
        who = data.draw(st.sampled_from(STATES))
        if who in ("signed", "ill signed"):
            secret = SECRET if who == "signed" else SECRET[::-1]
            headers |= signed(self.here.clock(), body, self.sent, secret)
        if who in SESSIONS:
            headers |= self.here.headers() if data.draw(st.booleans()) else {}
        query = data.draw(
            st.sampled_from(
                ["", "?page=-1", "?sort=%00", "?state=x&code=y", "?workspace=nobody", "?words=" + "x" * 3_000]
            )
        )
        method = data.draw(st.sampled_from(METHODS))
        status = self.runner.run(self._send(method, asked + query, headers, body, who))
        self.told[path, status] += 1
        assert status < 500, (method, asked, status)
        assert status in self.known[path], f"{method} {path}: {status} is not in docs/hosting.md"

    async def _send(self, method: str, url: str, headers: dict[str, str], body: bytes, who: str) -> int:
        async with self.here.browser(ip=f"10.0.{self.sent % 250}.{self.sent // 250 % 250}") as browser:
            if who in SESSIONS:
                for name, value in self.cookies[who].items():
                    browser.cookies.set(name, value)
            answer = await browser.request(method, url, headers=headers, content=body)
            # Whatever the answer left behind runs on: its errors count as well.
            await asyncio.sleep(0)
            return answer.status_code


def run(count: int) -> Fuzz:
    with tempfile.TemporaryDirectory() as folder, doors(Path(folder)) as here, warnings.catch_warnings():
        fuzz = Fuzz(here)

        @given(data=st.data())
        @settings(
            max_examples=count,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def each(data: st.DataObject) -> None:
            fuzz.once(data)

        try:
            each()
        finally:
            fuzz.close()
        return fuzz


def test_the_table_names_every_door() -> None:
    with tempfile.TemporaryDirectory() as folder, doors(Path(folder)) as here:
        assert set(here.paths()) == set(documented())


def test_no_request_breaks_a_door() -> None:
    assert run(300).sent >= 300


@pytest.mark.trial
@pytest.mark.timeout(3600)
def test_s20_twenty_thousand_strange_requests() -> None:
    fuzz = run(20_000)
    statuses = Counter[int]()
    for (_, status), count in fuzz.told.items():
        statuses[status] += count
    doors_ = len({door for door, _ in fuzz.told})
    print(
        f"\nS20: {fuzz.sent:,} requests at {doors_} doors: {dict(sorted(statuses.items()))}; no 5xx, no other status"
    )
