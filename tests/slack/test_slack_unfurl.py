"""Links to our own pages get the one card; every other link, however alike, gets none. And whose Home is drawn anew."""

from typing import Any

import pytest

from bot.playground.limits import check_message
from bot.slack.homes import Homes
from bot.slack.unfurl import unfurling
from bot.slack.ways import Kind, Way

OURS = "https://pilots.acme.example/app"


def shared(*urls: str, **more: str) -> dict[str, Any]:
    links = [{"url": url, "domain": "pilots.acme.example"} for url in urls]
    return {"event": {"type": "link_shared", "channel": "C1", "message_ts": "1.2", "links": links, **more}}


@pytest.mark.parametrize(
    "url", [OURS, f"{OURS}/", f"{OURS}/pilots/P01?token=x#y", "https://PILOTS.acme.example/app/x"]
)
def test_ours_gets_a_card_that_says_nothing_of_the_page(url: str) -> None:
    told = unfurling(shared(url, "https://other.example/x"), OURS)
    assert told is not None
    assert list(told["unfurls"]) == [url]
    [block] = told["unfurls"][url]["blocks"]
    assert not check_message([block])
    assert "P01" not in str(block)
    assert (told["channel"], told["ts"]) == ("C1", "1.2")


@pytest.mark.parametrize(
    "url",
    [
        "https://pilots.acme.example",
        "https://pilots.acme.example/application",
        "http://pilots.acme.example/app",
        "https://pilots.acme.example:8443/app",
        "https://pilots.acme.example.evil.test/app",
        "https://evil.test/?https://pilots.acme.example/app",
        "https://pilots.acme.example@evil.test/app",
        "https://user:word@pilots.acme.example/app",
        "https://pilots.acme.example:99999/app",
        "javascript:alert(1)",
        "",
    ],
)
def test_others_get_none(url: str) -> None:
    assert unfurling(shared(url), OURS) is None


@pytest.mark.parametrize("public_url", ["", "pilots.acme.example", "https://["])
def test_without_an_address_of_our_own_no_link_is_ours(public_url: str) -> None:
    assert unfurling(shared(OURS), public_url) is None


def test_a_link_being_written_is_named_by_its_own_id() -> None:
    told = unfurling(shared(OURS, unfurl_id="U.1", source="composer"), OURS)
    assert told is not None
    assert (told["unfurl_id"], told["source"]) == ("U.1", "composer")
    assert "ts" not in told


def test_only_an_open_home_is_drawn_anew_and_not_for_ever() -> None:
    now = [0.0]
    homes = Homes(lambda: now[0])
    anna, ben = (Way(kind=Kind.PRESS, team="T1", user=user) for user in ("U1", "U2"))
    assert not homes.stale(anna)
    assert not homes.stale(Way(kind=Kind.HOME, team="T1", user="U1"))
    assert homes.stale(anna)
    assert not homes.stale(ben)
    assert not homes.stale(Way(kind=Kind.QUIET, team="T1", user="U1"))
    now[0] = 3601.0
    assert not homes.stale(anna)
