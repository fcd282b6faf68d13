"""I1–I4: what is typed, pressed, sent and delivered twice, late, out of order or forged has one effect and a kind answer.

The short form runs with everything else; `make trial` runs 10,000 sentences and 5,000 deliveries.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.grammar import EXAMPLES
from bot.messages.model import Press
from bot.playground.limits import check_message
from bot.services import presses, submissions
from bot.slack.ids import value_of
from bot.slack.listeners import Door
from storage import pilots
from storage.database import Connection
from tests.faults.world import seed, times
from tests.journeys.kit import SENTENCE, House, house
from tests.journeys.models import PINGS, parsed
from tests.journeys.test_roles_matrix import Bench
from tests.playground.hostile import HOSTILE

WORDS = [
    *EXAMPLES, *["invoice", "reader", "moving", "stuck", "waiting", "38", "6,5", "%", "until", "2027-13-45", "31/12", "tomorrow", "next", "friday", "into", "because", "@sam", "<@U1>", "on", "kept", "done", "open", "na", "I1", "Z9", "NaN", "inf", "1e400", "-1", "١٢", "“", "”", '"', "'", ":", ";", "??", "--", "None", "null", "<!channel>", "*_~`", "&lt;", "\u202e", "\x00", "0", "all", "mine"],
]  # fmt: skip


def sentences(seed: int, count: int) -> Iterator[str]:
    """Examples, mutants of them, words in any order, and noise."""
    chance = random.Random(seed)
    for _ in range(count):
        match chance.randrange(4):
            case 0:
                words = EXAMPLES[chance.choice(list(EXAMPLES))].split(" ")
                chance.shuffle(words)
            case 1:
                words = EXAMPLES[chance.choice(list(EXAMPLES))].split(" ")
                words[chance.randrange(len(words))] = chance.choice(WORDS)
            case 2:
                words = [chance.choice(WORDS) for _ in range(chance.randrange(12))]
            case _:
                words = ["".join(chr(chance.randrange(32, 0x2FF)) for _ in range(chance.randrange(1, 60)))]
        yield " ".join(words)[:3000]


async def typed_in_every_way(tmp_path: Path, seed: int, count: int) -> None:
    async with house(tmp_path, expect_all=False) as home:
        await home.register()
        bench = Bench(home)
        for text in sentences(seed, count):
            answer = await bench.typed("charlie", text)
            _kind(answer, text)
        _safe(home)


def _kind(answer: str, what: object) -> None:
    """Something was said, within Slack's limits, without our breaking, and pinging nobody."""
    assert "on our side" not in answer, (what, answer)
    if not answer.startswith("{"):
        assert not any(ping in answer for ping in PINGS), (what, answer)
    else:
        body = json.loads(answer)
        said = "".join(parsed(body)) + body.get("text", "")
        assert not any(ping in said for ping in PINGS), (what, answer)
        assert len(body.get("text", "")) <= 3000, what
        assert not check_message(body.get("blocks", [])), what


def _safe(home: House) -> None:
    assert not home.slack.app.refusals, home.slack.app.refusals
    for channel in home.slack.workspace.channels.values():
        for message in channel.messages:
            if message.by_bot:
                said = message.text + "".join(parsed(message.blocks))
                assert not any(ping in said for ping in PINGS), said


async def test_whatever_is_typed_is_answered_in_kind(tmp_path: Path) -> None:
    await typed_in_every_way(tmp_path, 1, 40)


@pytest.mark.trial
@pytest.mark.timeout(1800)
async def test_ten_thousand_sentences_are_answered_in_kind(tmp_path: Path) -> None:
    await typed_in_every_way(tmp_path, seed(2), times(10_000))


# Forms and buttons


def forged(chance: random.Random, known: list[str]) -> tuple[Press, dict[str, str]]:
    """A form with fields missing, strange or of another form, and metadata that somebody wrote."""
    junk = [
        "",
        "x",
        "-1",
        "NaN",
        "2027-02-30",
        "<!channel>",
        "9" * 200,
        "\u202e\u0000",
        "mon",
        "10:00",
        "0, 0, 0",
        *known,
        *HOSTILE[:10],
    ]
    verb = chance.choice([*submissions._VERBS, "nothing", "", "say"])
    args = {
        name: chance.choice(junk)
        for name in (
            "pilot",
            "ask",
            "choice",
            "person_1",
            "author",
            "entry",
            "status",
            "page",
            "code",
            "state",
        )
        if chance.random() < 0.7
    }
    names = [
        "name",
        "outcome",
        "sponsor",
        "backup",
        "status",
        "value",
        "text",
        "holder",
        "holder_by",
        "cause",
        "learning",
        "until",
        "reason",
        "days",
        "to",
        "owner",
        "because",
        "zone",
        "country",
        "region",
        "digest_channel",
        "digest_weekday",
        "digest_time",
        "opens",
        "closes",
        "monday_from",
        "friday_until",
        "currency",
        "date_style",
        "gap",
        "waits",
        "leaders",
        "steward",
        "baseline",
        "process_owner",
        "i1",
        "i1_evidence",
        "not_before",
        "platform",
        "pilot",
        "person_1",
        "stage_idea",
    ]
    return Press(verb, args), {
        name: chance.choice(junk) for name in chance.sample(names, chance.randrange(0, 12))
    }


async def sent_in_every_way(tmp_path: Path, seed: int, count: int, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(seed)
    async with house(tmp_path, expect_all=False) as home:
        await home.register()
        bench = Bench(home)
        pilot_id = home.pilot()[0].id
        for number in range(count):
            press, fields = forged(chance, [pilot_id, "Invoice Reader"])
            who = chance.choice(["alice", "ada", "charlie"])
            answer = await bench.sent(who, press, fields)
            assert "on our side" not in answer, (press, fields, answer)
            body: dict[str, Any] = json.loads(answer) if answer.startswith("{") else {}
            if body.get("response_action") == "errors":
                assert set(body["errors"]) <= set(fields), (press, fields, body)
            if number % 10 == 0:
                verb = chance.choice(list(presses._VERBS))
                await home.slack.deliveries.interaction(_press(home, who, Press(verb, press.args)))
                # What a press answers goes another way; that it broke would stand in the log.
                assert "a request failed" not in caplog.text, (verb, press.args)
        _safe(home)
        print(f"{count} forms, {count // 10} presses, seed {seed}")


def _press(home: House, who: str, press: Press) -> dict[str, Any]:
    user = home.slack.workspace.person(who)
    return home.slack.hands.interactions._envelope(user, "block_actions") | {
        "container": {"type": "view", "view_id": "V0"},
        "actions": [
            {
                "type": "button",
                "action_id": "x",
                "value": value_of(press),
                "action_ts": home.slack.workspace.new_ts(),
            }
        ],
    }


async def test_forged_forms_are_refused_on_their_fields(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await sent_in_every_way(tmp_path, 3, 40, caplog)


@pytest.mark.trial
@pytest.mark.timeout(1800)
async def test_five_thousand_forged_forms(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await sent_in_every_way(tmp_path, seed(4), times(5000), caplog)


# Twice, late, in any order


async def delivered_in_every_way(tmp_path: Path, seed: int, rounds: int) -> None:
    """Each round: one command, one event and one answer, each delivered up to four times in any order; each counts once."""
    chance = random.Random(seed)
    async with house(tmp_path, expect_all=False) as home:
        await home.register()
        slack, bench = home.slack, Bench(home)
        alice = slack.workspace.person("alice")
        im = slack.workspace.im(alice)
        made = 0
        for number in range(rounds):
            registered = slack.hands.interactions.command_form(
                alice, im, f"/pilot register Round {number}: {SENTENCE}", ""
            )
            answered = slack.hands.interactions.command_form(
                alice, im, f"/pilot checkin Invoice Reader moving round {number} went well", ""
            )
            pressed = _press(
                home, "alice", Press("say", {"text": f"reading Invoice Reader {10 - number % 4}"})
            )
            event = {
                "type": "message",
                "channel_type": "im",
                "channel": im.id,
                "user": alice.id,
                "text": f"list {number}",
                "ts": slack.workspace.new_ts(),
            }
            gone = {"type": "tokens_revoked", "tokens": {"oauth": ["U9"], "bot": []}}
            wave = [
                ("form", registered),
                ("form", answered),
                ("press", pressed),
                ("event", event),
                ("event", gone),
            ]
            wave *= chance.randrange(1, 4)
            chance.shuffle(wave)
            made += len(wave)
            for kind, what in wave:
                if kind == "form":
                    assert (await slack.deliveries.form(what)).status == 200
                elif kind == "press":
                    assert (await slack.deliveries.interaction(what)).status == 200
                else:
                    await slack.deliveries.event(what, event_id=f"Ev{number}{what['type']}")
            slack.ledger.take_all("alice")
        door = home.app.doors["/slack/events"]
        assert isinstance(door, Door)
        await door.drain(60.0)  # a busy machine answers first and writes then
        assert bench.made == 0

        def counted(conn: Connection) -> tuple[int, list[str]]:
            return pilots.count(conn, home.workspace_id), [
                name for _, name in pilots.titles(conn, home.workspace_id)
            ]

        print(f"{made} deliveries in {rounds} rounds, seed {seed}")
        total, names = home.app.database.read_now(counted)
        assert total == rounds + 1
        assert len(set(names)) == total
        entries = home.pilot()[1].entries
        assert sum("went well" in entry.text for entry in entries) == rounds
        assert sum(entry.status.value == "reading" for entry in entries) == rounds


async def test_whatever_comes_twice_counts_once(tmp_path: Path) -> None:
    await delivered_in_every_way(tmp_path, 5, 3)


@pytest.mark.trial
@pytest.mark.timeout(1800)
async def test_five_thousand_deliveries_in_any_order_count_once(tmp_path: Path) -> None:
    """About 5,000 deliveries."""
    await delivered_in_every_way(tmp_path, seed(6), times(500))
