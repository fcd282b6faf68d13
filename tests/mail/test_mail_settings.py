"""What is wrong with the settings of e-mail is said before the start, with the one thing to do; no password is shown."""

import pytest

from bot.app import configured
from bot.setup import email
from tests.mail.test_mail_chat import FROM

pytest.importorskip("aiosmtplib", reason="the extra email is not installed")

GOOD = "smtp://u:hunter2@mail.example.com"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, ""),
        ({"smtp_url": GOOD, "smtp_from": FROM}, ""),
        ({"smtp_url": GOOD}, "PL-066"),
        ({"smtp_from": FROM}, "PL-066"),
        ({"smtp_url": "hunter2", "smtp_from": FROM}, "PL-067"),
        ({"smtp_url": GOOD, "smtp_from": "nobody"}, "PL-067"),
    ],
)
def test_each_mistake_has_its_code(settings: dict[str, str], code: str) -> None:
    wrong = email.wrong(configured(**settings))
    assert (wrong.code if wrong is not None else "") == code
    assert wrong is None or "hunter2" not in f"{wrong.what} {wrong.fix}"
