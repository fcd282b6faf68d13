"""I11: whatever comes to the doors, each request has its one answer, at most one effect, and costs little."""

import json
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.web.hooks import MOST_BYTES
from tests.signals import payloads as p
from tests.signals.kit import a_pilot, running
from tests.signals.test_hooks import LAB

#: What a payload's parts are replaced by.
STRANGE: list[Any] = [
    *(None, True, -1, 1e300, 2**70, "", "x" * 2000, "\x00", "9" * 30, "2026-99-99", "<!channel>", "\u202e"),
    *([], {}, [[]], {"id": {}}),
]
KINDS: list[tuple[str, str, p.Json]] = [
    ("github", "push", p.github_push(p.commit(1), p.commit(2, "Merge branch 'x'"))),
    ("github", "pull_request", p.github_pull_request()),
    ("github", "deployment", p.github_deployment()),
    ("github", "deployment_status", p.github_deployment(state="success", run=p.workflow_run())),
    ("github", "workflow_run", p.github_run()),
    ("gitlab", "Push Hook", p.gitlab_push(p.gitlab_commit(1))),
    ("gitlab", "Merge Request Hook", p.gitlab_merge_request()),
    ("gitlab", "Pipeline Hook", p.gitlab_pipeline("schedule")),
    ("gitlab", "Deployment Hook", p.gitlab_deployment()),
    (
        "signal",
        "",
        {"kind": "reading", "actor": "svc-bi", "text": "5.2", "pilot": "P01", "day": "2026-11-16"},
    ),
]


def mutant(draw: random.Random, value: Any) -> Any:
    """A payload with one to three things in it replaced by something else."""
    copied = json.loads(json.dumps(value))
    for _ in range(draw.randint(1, 3)):
        here = copied
        while isinstance(here, dict | list) and here:
            at = draw.choice(list(here)) if isinstance(here, dict) else draw.randrange(len(here))
            if draw.random() < 0.35 or not isinstance(here[at], dict | list) or not here[at]:
                if draw.random() < 0.2 and isinstance(here, dict):
                    del here[at]
                else:
                    here[at] = json.loads(json.dumps(draw.choice(STRANGE)))
                break
            here = here[at]
    return copied


@dataclass
class Sent:
    """What was sent and what came back: by story, how often each status; and the work of each answer, in seconds."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    work: dict[str, list[float]] = field(default_factory=dict)
    again: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)


def headers_of(door: str, event: str, body: bytes, key: str, **changes: str) -> dict[str, str]:
    match door:
        case "github":
            return p.github_headers(body, event, key, **changes)
        case "gitlab":
            return p.gitlab_headers(body, event, key, **changes)
        case _:
            return p.signal_headers(body, **changes)


async def one(sent: Sent, http: httpx.AsyncClient, draw: random.Random, case: int) -> None:
    """One request of a kind drawn by lot; its answer must be the one that kind has."""
    door, event, payload = draw.choice(KINDS)
    story = draw.choices(("mutant", "garbled", "forged", "again", "large", "most"), (60, 10, 14, 14, 1, 1))[0]
    body = p.bytes_of(mutant(draw, payload))
    changes = {}
    match story:
        case "garbled":
            cut = draw.randrange(len(body))
            body = body[:cut] + bytes([draw.randrange(256)]) + body[cut + 1 :]
        case "forged":
            changes = {"secret": "another"}
        case "large":
            body = b'{"a": "' + b"x" * 10_000_000 + b'"}'
        case "most":
            body = b'{"a": "' + b"x" * (MOST_BYTES - 9) + b'"}'
    headers = headers_of(door, event, body, f"d{case}", **changes)
    if story == "again" and sent.again:
        door, body, headers = draw.choice(sent.again)
    began = time.process_time()
    answer = await http.post(f"/hooks/{door}", content=body, headers=headers)
    sent.work.setdefault(story, []).append(time.process_time() - began)
    wanted = {
        "mutant": (202, 200),
        "most": (202, 200),
        "garbled": (202, 200, 400),
        "forged": (401,),
        "again": (200,) if sent.again else (202, 200),
        "large": (413,),
    }[story]
    assert answer.status_code in wanted, (story, answer.status_code, body[:2000])
    sent.answers[(story, answer.status_code)] += 1
    if answer.status_code == 202 and len(body) < MOST_BYTES / 2:
        sent.again.append((door, body, headers))


async def malformed(folder: Path, cases: int, seed: int) -> Sent:
    draw, sent = random.Random(seed), Sent()
    link = "https://github.com/acme/reply-helper/tree/main/src"
    async with running(folder, a_pilot(link=link), a_pilot("P02"), a_pilot("P03", LAB)) as here:
        # Without a socket in between: what is measured is the program's work (and the caller's own, which is little).
        there = httpx.ASGITransport(app=here.app.web(with_clock=False))
        async with httpx.AsyncClient(transport=there, base_url="http://pilotlight.test") as http:
            for case in range(cases):
                await one(sent, http, draw, case)
                if case % 100 == 99:
                    await here.read()
            await here.read()
            everything = [here.kept(pilot) for pilot in ("P01", "P02", "P03")]
            for door, body, headers in sent.again[-200:]:
                answer = await http.post(f"/hooks/{door}", content=body, headers=headers)
                assert answer.status_code == 200
            await here.read()
            assert [here.kept(pilot) for pilot in ("P01", "P02", "P03")] == everything, "one effect"
        left = here.database.read_now(
            lambda conn: conn.exec_driver_sql(
                "SELECT state, count(*), max(attempt) FROM received GROUP BY state"
            ).all()
        )
        assert {state for state, _, _ in left} <= {"done", "failed"}
        assert max(attempt for _, _, attempt in left) <= 2, "none of them failed on our side"
        assert sum(count for _, count, _ in left) == sum(
            count for (_, status), count in sent.answers.items() if status == 202
        ), "what is refused leaves nothing"
    return sent


async def test_malformed_requests_do_no_harm(tmp_path: Path) -> None:
    sent = await malformed(tmp_path, 60, seed=7)
    assert {story for story, _ in sent.answers} >= {"mutant", "garbled", "forged", "again"}


@pytest.mark.trial
@pytest.mark.timeout(3600)
async def test_trial_i11_five_thousand_requests(tmp_path: Path) -> None:
    """In work, not in time on the clock: a busy machine lengthens the one and not the other."""
    sent = await malformed(tmp_path, round(5_000 * float(os.environ.get("TRIAL_SHARE", "1"))), seed=11)
    for (story, status), count in sorted(sent.answers.items()):
        print(f"I11 {story} {status}: {count}")
    everything = sorted(work for some in sent.work.values() for work in some)
    for story, some in sent.work.items():
        some.sort()
        print(
            f"I11 work, {story}: median {some[len(some) // 2] * 1000:.1f} ms, "
            f"99th of 100 {some[len(some) * 99 // 100] * 1000:.1f} ms, most {some[-1] * 1000:.1f} ms"
        )
    assert everything[len(everything) * 999 // 1000] < 0.1, "an answer takes less than 100 ms of work"
