"""No secret in a log, whatever it looks like and wherever it stands; and nobody writes a line that is not ours."""

import io
import json
import logging
import string
from collections.abc import Iterator

import pytest
import uvicorn
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.app import App, build, configured
from bot.setup.logs import logs
from bot.setup.redaction import GONE, one_line, redactor
from storage import cause
from storage.database import Database

LETTERS = string.ascii_letters + string.digits
BODY = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"
#: Thirty shapes of secrets, each with a body that must not be seen.
SHAPES = (
    "xoxb-{}", "xoxp-{}", "xoxa-{}", "xoxr-{}", "xoxs-{}", "xoxe-{}", "xoxe.xoxb-1-{}", "xoxe.xoxp-1-{}", "xapp-1-{}",
    "https://hooks.slack.com/services/T0/B0/{}", "https://acme.webhook.office.com/webhookb2/{}", "ghp_{}", "gho_{}", "ghu_{}", "ghs_{}", "ghr_{}",
    "github_pat_{}", "glpat-{}", "gldt-{}", "eyJhbGciOi.{}.c2ln", "Bearer {}", "Basic {}", "Authorization: {}", "postgres://pilot:{}@db.example/pilot",
    "https://user:{}@git.example/x", "client_secret={}", '"access_token": "{}"', "AKIA{}", "sk-{}", "gAAAAAB{}", "password='{}'", "X-Gitlab-Token: {}",
    "SLACK_SIGNING_SECRET={}", "token: {}",
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("around", ["{}", "failed with {} today", '{{"x": "{}"}}', "a,{},b", "<{}>"])
def test_a_secret_is_known_by_its_shape(shape: str, around: str) -> None:
    body = BODY.upper() if shape.startswith("AKIA") else BODY
    said = redactor()(around.format(shape.format(body)))
    assert body not in said
    assert GONE in said


@given(
    st.text(alphabet=LETTERS, min_size=24, max_size=60),
    st.sampled_from(SHAPES),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_whatever_stands_around_it(body: str, shape: str, before: str, after: str) -> None:
    if shape.startswith("AKIA"):
        body = body.upper()
    assume(body not in before + after)
    assert body not in redactor()(f"{before} {shape.format(body)} {after}")


@pytest.mark.parametrize(
    "text",
    [
        "look: 24 pilots in 0.3 s",
        "https://github.com/acme/search/pull/12 merged by mara.lindqvist",
        "nudge:9f8e7d6c5b4a:2026-11-20",
        "postgres://db.example/pilot",
        "the tokens of 3 workspaces were rotated",
        "No password is asked for",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redactor()(text) == text


def test_what_the_settings_hold_is_secret_whatever_it_looks_like() -> None:
    assert (
        redactor(["correct horse battery"])("it was correct horse battery, twice") == f"it was {GONE}, twice"
    )
    assert redactor(["ab"])("about") == "about"


@given(st.text())
def test_a_line_stays_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert "\x1b" not in one_line(text)


@pytest.fixture(params=["console", "json"])
def app(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[tuple[App, io.StringIO, str]]:
    """The program's own logging, written where the test can read it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    database = Database("sqlite:///:memory:")
    settings = configured(
        log_format=request.param, log_level="debug", slack_signing_secret="my favourite colour"
    )
    made = build(settings, database=database)
    logs(made)
    written = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield made, written, request.param
    root.handlers[:] = handlers
    root.setLevel(level)
    database.close()


def test_messages_arguments_extras_and_tracebacks_are_clean(app: tuple[App, io.StringIO, str]) -> None:
    _, written, form = app
    log = logging.getLogger("test")
    for shape in SHAPES:
        secret = shape.format(BODY.upper() if shape.startswith("AKIA") else BODY)
        log.info("plain %s", secret)
        log.warning("with extra", extra={"reply": {"deep": [secret]}, "who": secret})
        try:
            local = secret  # a local variable is never shown
            raise ValueError(f"could not send with {secret}")
        except ValueError:
            log.exception("failed")
            del local
    log.info("my favourite colour is not said")
    said = written.getvalue()
    assert BODY not in said
    assert BODY.upper() not in said
    assert "my favourite colour" not in said
    assert said.count("could not send with") >= len(SHAPES)
    if form == "json":
        assert all(json.loads(line) for line in said.splitlines())


def test_nobody_writes_a_line_of_his_own(app: tuple[App, io.StringIO, str]) -> None:
    _, written, _ = app
    forged = "ok\r\n2026-11-20 [info] admin logged in\u2028\x1b[2J"
    logging.getLogger("test").info("pilot %s", forged, extra={"name_of_it": forged})
    assert len(written.getvalue().splitlines()) == 1


def test_what_is_bound_to_a_request_stands_in_its_lines(app: tuple[App, io.StringIO, str]) -> None:
    _, written, _ = app
    with cause.of("r-123"):
        logging.getLogger("test").info("inside")
    logging.getLogger("test").info("outside")
    inside, outside = written.getvalue().splitlines()
    assert "r-123" in inside
    assert "r-123" not in outside


async def test_the_server_tells_its_lines_once_and_without_colours(
    app: tuple[App, io.StringIO, str],
) -> None:
    made, written, form = app
    made.database.migrate()
    server = uvicorn.Server(uvicorn.Config(made.web(with_clock=False), port=0, log_config=None))
    server.should_exit = True
    await server.serve()
    said = written.getvalue()
    assert "Uvicorn running on http://127.0.0.1" in said and "Finished server process" in said
    assert "color_message" not in said and "\x1b" not in said and "\\u001b" not in said
    if form == "json":
        assert all(json.loads(line)["event"] for line in said.splitlines())
