"""Logs on the standard error stream: lines for people, or JSON; no secret in either."""

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from pydantic import SecretStr

from bot.app import App
from bot.setup.redaction import processor, redactor
from storage import cause


def logs(app: App) -> None:
    """Sets logging up for the process."""
    secrets = [
        value.get_secret_value() for value in dict(app.settings).values() if isinstance(value, SecretStr)
    ]
    level = getattr(logging, app.settings.log_level.upper())
    for_machines = app.settings.log_format == "json"
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if for_machines
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _caused,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            _plain,
            structlog.processors.TimeStamper(fmt="iso"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # Formatted before it is redacted, without local variables: a traceback is text like any other.
            structlog.processors.format_exc_info,
            processor(redactor(secrets)),
            renderer,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # It says of every long delivery that the next one waits for it.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for noisy in ("slack_bolt", "slack_sdk", "httpx", "aiohttp", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _plain(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Without the server's second telling of its line, in colours, which nobody's search finds."""
    event.pop("color_message", None)
    return event


def _caused(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What the line goes back to: the same word from the request at the door to the message that leaves."""
    if name := cause.current():
        event["request"] = name
    return event
