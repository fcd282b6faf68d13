"""Where the page is reached, by the settings alone."""

import pytest
from pydantic import ValidationError

from bot.app import configured


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "::1", "port": 9000}, "http://[::1]:9000"),
        ({"host": "0.0.0.0"}, ""),
        ({"port": 0}, ""),
        ({"public_url": ""}, "http://127.0.0.1:8000"),
        ({"public_url": "https://pilotlight.example/"}, "https://pilotlight.example"),
        ({"public_url": " https://pilotlight.example ", "host": "0.0.0.0"}, "https://pilotlight.example"),
        ({"public_url": "http://localhost:8080"}, "http://localhost:8080"),
    ],
)
def test_the_address_is_the_public_one_or_this_machines(given: dict[str, str | float], address: str) -> None:
    assert configured(**given).address == address


@pytest.mark.parametrize(
    "url",
    [
        "pilotlight.example",
        "http://pilotlight.example",
        "ftp://x",
        "https://",
        "https://x/?a=1",
        "https://x/#a",
    ],
)
def test_an_address_that_nobody_could_sign_in_at_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        configured(public_url=url)
