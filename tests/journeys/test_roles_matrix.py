"""The published table of roles, and every cell of it asked through Slack's door."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.grammar import EXAMPLES
from bot.domain.people import Address, Person, Platform
from bot.domain.pilot import Pilot
from bot.domain.roles import TABLE, Action, May, Standing
from bot.domain.stages import Stage
from bot.messages.model import Press
from bot.services import presses, submissions
from bot.slack.ids import Origin, metadata_of, value_of
from storage import asks, people, pilots, workspaces
from storage.database import Connection
from tests.domain.build import CALM
from tests.journeys.kit import House, house

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
COLUMNS = (
    Standing.OUTSIDER,
    Standing.MEMBER,
    Standing.OWNER,
    Standing.SPONSOR,
    Standing.LEADER,
    Standing.ADMIN,
)
WORDS = {"–": May.NO, "yes": May.YES, "own": May.YES, "proposes": May.PROPOSE}
#: Who stands for which column; a backup is an owner, a guest and a stranger are outsiders.
CAST = {
    "gus": Standing.OUTSIDER,
    "stella": Standing.OUTSIDER,
    "charlie": Standing.MEMBER,
    "alice": Standing.OWNER,
    "bob": Standing.OWNER,
    "sam": Standing.SPONSOR,
    "lea": Standing.LEADER,
    "ada": Standing.ADMIN,
}
REFUSED = re.compile(
    r"Only .* can (?:do that|decide)|Only the admin|cannot use Pilotlight here|Nobody can do that|"
    r"Only the person who was asked|is not yours to pass|is not (?:set up for|installed in) this workspace"
)


def published() -> dict[Action, dict[Standing, str]]:
    rows = re.findall(r"^\| ([a-z_]+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    found = {}
    for name, cells in rows:
        parts = [cell.strip() for cell in cells.split("|")]
        if len(parts) == len(COLUMNS) and name != "action":
            found[name] = dict(zip(COLUMNS, parts, strict=True))
    return {Action(name): cells for name, cells in found.items()}


def test_the_page_is_the_table() -> None:
    page = published()
    assert set(page) == set(TABLE)
    for action, cells in page.items():
        for standing, word in cells.items():
            assert WORDS[word] is TABLE[action].get(standing, May.NO), (action, standing)


def test_every_typed_verb_is_on_the_page() -> None:
    typed = set(re.findall(r"`([a-z]+)(?: [A-Z]+)?`", PAGE.read_text(encoding="utf-8")))
    free = {"away", "claim", "help", "privacy"}  # everybody's own, the code's, and always answered
    assert set(EXAMPLES) - typed <= free


class Bench:
    """A house with a pilot for each request, and requests written by hand."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.made = 0

    def furnish(self) -> None:
        slack = self.home.slack.workspace
        slack.person("gus").is_restricted = True
        slack.person("stella").is_stranger = True
        team = slack.team_id

        def write(conn: Connection) -> None:
            for name in ("alice", "bob", "sam", "charlie"):
                there = Address(platform=Platform.SLACK, workspace=team, user=slack.person(name).id)
                person = Person(id=name, handle=name, name=f"{name.capitalize()} Person", addresses=(there,))
                people.add(conn, self.home.workspace_id, person, self.home.clock())

        self.home.app.database.write_now(write)

    def pilot(self, stage: Stage) -> Pilot:
        self.made += 1
        today = self.home.clock().date()

        def write(conn: Connection) -> Pilot:
            known = people.all_of(conn, self.home.workspace_id)
            pilot = Pilot(
                id=f"M{self.made}",
                name=f"Matrix {self.made}",
                stage=stage,
                stage_since=today,
                started=today,
                outcome_sentence="Reduce minutes per case from 10 to 5 by 5 January 2046",
                metric=None if stage is Stage.IDEA else replace(CALM, deadline=today + timedelta(days=200)),
                owner=known["alice"],
                backup=known["bob"],
                sponsor=known["sam"],
            )
            pilots.add(
                conn,
                self.home.workspace_id,
                pilot,
                pilots.Origin(created_by="alice", created_at=self.home.clock()),
                next_look_at=None,
            )
            return pilot

        return self.home.app.database.write_now(write)

    def ask(self, pilot: Pilot, kind: str, person: str, **details: str) -> str:
        def write(conn: Connection) -> str:
            made = asks.add(
                conn,
                self.home.workspace_id,
                pilot_id=pilot.id,
                kind=kind,
                person_id=person,
                role="sponsor",
                on=self.home.clock().date(),
                now=self.home.clock(),
                details=details,
            )
            assert made is not None
            return made

        return self.home.app.database.write_now(write)

    async def typed(self, who: str, text: str) -> str:
        slack = self.home.slack
        user, im = slack.workspace.person(who), slack.workspace.im(slack.workspace.person(who))
        fields = slack.hands.interactions.command_form(user, im, f"/pilot {text}", "")
        if user.is_stranger:
            fields["team_id"] = "T0ELSEWHERE"
        ack = await slack.deliveries.form(fields)
        await self.home.answered()
        return ack.body.decode()

    async def sent(self, who: str, press: Press, fields: Mapping[str, str]) -> str:
        """A form, with whatever private metadata somebody wrote into it."""
        user = self.home.slack.workspace.person(who)
        inputs = [
            {
                "type": "input",
                "block_id": name,
                "label": {"type": "plain_text", "text": name},
                "element": {"type": "plain_text_input", "action_id": name},
            }
            for name in fields
        ]
        state = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in fields.items()}
        self.made += 1
        view = {
            "id": f"V{self.made}",
            "type": "modal",
            "hash": "1.a",
            "title": {"type": "plain_text", "text": "A form"},
            "submit": {"type": "plain_text", "text": "Save"},
            "callback_id": press.verb or "x",
            "private_metadata": metadata_of(press, Origin()),
            "blocks": inputs,
            "state": {"values": state},
            "app_installed_team_id": self.home.slack.workspace.team_id,
        }
        payload = self.home.slack.hands.interactions._envelope(user, "view_submission") | {"view": view}
        return (await self.home.slack.deliveries.interaction(payload)).body.decode()

    async def pressed(self, who: str, press: Press) -> str:
        """A button in a message of nobody's, as a forger would write it; the answer comes to the presser alone."""
        slack = self.home.slack
        user = slack.workspace.person(who)
        self.made += 1
        payload: dict[str, Any] = slack.hands.interactions._envelope(user, "block_actions") | {
            "container": {"type": "view", "view_id": f"V{self.made}"},
            "actions": [
                {"type": "button", "action_id": "x", "value": value_of(press), "action_ts": f"{self.made}.1"}
            ],
        }
        await slack.deliveries.interaction(payload)
        await self.home.answered()
        said = " ".join(one.text for one in slack.ledger.take_all(who))
        view = slack.workspace.top_view(who)
        said += self.home.hands.read(view) if view is not None else ""
        slack.workspace.modals.pop(user.id, None)
        return said


async def _request(bench: Bench, action: Action, who: str) -> str:
    stage = {Action.BACK: Stage.IDEA, Action.PASS: Stage.FRAMED, Action.SCALE: Stage.ROLLOUT}
    pilot = bench.pilot(stage.get(action, Stage.TRIAL))
    match action:
        case Action.READ:
            return await bench.typed(who, f"show {pilot.name}")
        case Action.CHECK_IN:
            return await bench.typed(who, f"checkin {pilot.name} moving Danish added")
        case Action.PAUSE:
            return await bench.typed(who, f"pause {pilot.name} until 2027-04-12 because the budget rests")
        case Action.RETIRE:
            fields = {"cause": "X", "learning": "the vendor does it now"}
            return await bench.sent(who, Press("retire", {"pilot": pilot.id}), fields)
        case Action.SCALE:
            return await bench.typed(who, f"scale {pilot.name}")
        case Action.BACK:
            ask = bench.ask(pilot, "gate", "sam", gate="G1")
            return await bench.pressed(who, Press("back", {"ask": ask, "yes": "yes"}))
        case Action.PASS:
            fields = {"baseline": "10 min", "process_owner": "", "data_owner": "", "repository": ""}
            return await bench.sent(who, Press("g2", {"pilot": pilot.id}), fields)
        case Action.MERGE:
            into = bench.pilot(Stage.TRIAL)
            return await bench.typed(who, f"merge {pilot.name} into {into.name}")
        case Action.EDIT:
            return await bench.typed(who, f"edit {pilot.name} department Sales")
        case Action.CONFIGURE:
            fields = {"zone": "Europe/Berlin", "digest_weekday": "monday", "digest_time": "10:00"}
            return await bench.sent(who, Press("settings"), fields)


async def test_every_cell_is_answered_as_published(tmp_path: Path) -> None:
    """80 requests: each role, each action."""
    page = published()
    wrong = []
    async with house(tmp_path, extra=("gus", "stella"), expect_all=False) as home:
        bench = Bench(home)
        bench.furnish()
        for action in Action:
            for who, standing in CAST.items():
                said = await _request(bench, action, who)
                allowed = WORDS[page[action][standing]] is not May.NO
                if bool(REFUSED.search(said)) is allowed or not (said or allowed):
                    wrong.append((action.value, who, said[:200]))
    assert not wrong, json.dumps(wrong, indent=1)


#: Buttons that open a form, or are everybody's: to be told of a decision, to tell those who may decide that one asked.
_CHANGE_NOTHING = ("decide_keep", "decide_pause", "decide_retire", "tell_me", "tell_them")


def _all_of_it(home: House) -> str:
    """Everything that is stored about pilots, people and settings, for comparing."""

    def read(conn: Connection) -> str:
        ids = pilots.ids(conn, home.workspace_id)
        its = pilots.load(conn, home.workspace_id, ids)
        open_asks = asks.of_pilots(conn, home.workspace_id, ids)
        workspace = workspaces.get(conn, home.workspace_id)
        assert workspace is not None
        roles = [
            (one.id, people.roles_of(conn, home.workspace_id, one.id))
            for one in people.admins(conn, home.workspace_id)
        ]
        return repr(
            (
                its,
                [(ask.id, ask.state) for ask in open_asks],
                workspace.settings,
                workspace.quiet_until,
                roles,
            )
        )

    return home.app.database.read_now(read)


#: What everybody may who is no guest: opening a form that is then refused, looking, registering, wishing.
OPEN_TO_MEMBERS = {"register", "wishes"}


@pytest.mark.parametrize(
    "who", ["charlie", *(pytest.param(who, marks=pytest.mark.trial) for who in ("gus", "stella"))]
)
async def test_no_button_and_no_form_changes_what_is_not_theirs(tmp_path: Path, who: str) -> None:
    """Every verb there is, forged upon somebody else's pilot and question."""
    async with house(tmp_path, extra=("gus", "stella"), expect_all=False) as home:
        bench = Bench(home)
        bench.furnish()
        pilot = bench.pilot(Stage.TRIAL)
        into = bench.pilot(Stage.TRIAL)
        ask = bench.ask(pilot, "SILENT", "sam", gate="G1", into=into.id, code="I1")
        before = _all_of_it(home)
        args = {
            "pilot": pilot.id, "ask": ask, "status": "moving", "yes": "yes", "state": "done", "entry": "1", "choice": "1",
            "person_1": "alice",
        }  # fmt: skip
        fields = {
            "status": "moving", "text": "x" * 50, "cause": "X", "learning": "l", "until": "2027-04-12", "reason": "r", "days": "3",
            "to": "charlie", "owner": "charlie", "because": "b", "baseline": "1", "zone": "UTC", "digest_weekday": "monday",
            "digest_time": "10:00", "opens": "09:00", "closes": "10:00", "monday_from": "09:00", "friday_until": "10:00",
            "currency": "EUR", "leaders": "charlie", "person_1": "charlie", "pilot": pilot.id, "waits": "1,1,1", "ack_days": "1",
            "sponsor_quiet_wait": "1", "outcome": "Halve errors from 10 to 5 by 2027-10-29",
        }  # fmt: skip
        answers = {}
        for verb in submissions._VERBS:
            if verb in OPEN_TO_MEMBERS and who == "charlie":
                continue
            answers[verb] = await bench.sent(who, Press(verb, args), fields)
            answers[f"{verb} by ask"] = await bench.sent(
                who, Press(verb, {name: value for name, value in args.items() if name != "pilot"}), fields
            )
        for verb in presses._VERBS:
            if verb.startswith("form") or verb in _CHANGE_NOTHING:
                continue  # a form alone changes nothing, and what it sends is above
            answers[f"press {verb}"] = await bench.pressed(who, Press(verb, args))
        changed = _all_of_it(home)
        assert changed == before, json.dumps(answers, indent=1)
        assert all(answers.values()), [verb for verb, said in answers.items() if not said]
        assert date(2027, 3, 1) == home.clock().date()
