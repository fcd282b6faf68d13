"""Gates, the first week of build, one item with a check-in, blockers with holders, orphans: walked by their people."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.assembly import promises_of
from bot.domain.findings import examine
from bot.domain.record import Item, Status
from bot.domain.stages import Gate, Stage
from bot.playground import Message
from storage import gates, pilots, record
from storage.database import Connection
from tests.domain.build import PLAIN
from tests.journeys.kit import House, house

NAME = "Invoice Reader"


async def _on(home: House, day: date, clock: time = time(10, 30)) -> None:
    """At a moment of a day in Berlin, without the days between; then everything that is due."""
    home.clock.now = datetime.combine(day, clock, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    await home.tick()


async def _in_build(home: House) -> None:
    """Framed and started on Monday 1 March 2027: data owner and repository are there, so nothing is promised."""
    await home.register()
    [gate] = await home.shown("alice", f"/pilot gate {NAME}")
    await home.hands.press("alice", gate, "Open the form of G2")
    await home.submit(
        "alice", baseline="10, ledger export", data_owner="charlie", repository="https://github.com/acme/x"
    )
    await home.modal("alice", "in build")


async def test_what_was_measured_before_the_build_stands_instead_of_what_the_sentence_said(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        await home.register()
        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G2")
        seen = await home.submit("alice", baseline="soon", data_owner="charlie")
        assert "Write the number first" in str(seen.errors)
        await home.submit("alice", baseline="11.2, ledger export, May", data_owner="charlie")
        await home.modal("alice", "in build")
        metric = home.pilot()[0].metric
        assert metric is not None
        assert (metric.baseline, metric.baseline_source) == (Decimal("11.2"), "ledger export, May")
        assert metric.target == Decimal(6)
        home.slack.ledger.take_all()


async def _items(home: House, **evidence: str) -> None:
    for code, words in evidence.items():
        await home.say("alice", f"/pilot item {NAME} {code} done {words}")


def _write(home: House, item: Item) -> None:
    """An item as a machine would tick or open it."""

    def write(conn: Connection) -> None:
        record.set_item(conn, home.workspace_id, home.pilot()[0].id, item)

    home.app.database.write_now(write)


async def _until(home: House, who: str, *words: str, last: date) -> str:
    """What somebody reads once `_found` has it."""
    return home.read(await _found(home, who, *words, last=last))


async def _found(home: House, who: str, *words: str, last: date, clock: time = time(10, 30)) -> Message:
    """Walks day by day until somebody gets a message with these words; everything else is read and put away."""
    day = home.clock().date()
    while day < last:
        day = date.fromordinal(day.toordinal() + 1)
        await _on(home, day, clock)
        for message in home.slack.ledger.untaken(who):
            if all(word in home.read(message) for word in words):
                return home.take(who, *words)
        home.slack.ledger.take_all()
    raise AssertionError(f"{who} never read {words}")


async def test_what_was_promised_at_g2_is_brought_when_it_is_kept_and_no_gate_asks_again(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        await home.register()
        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G2")
        await home.submit("alice", baseline="10, ledger export")
        told = await home.modal("alice", "in build")
        assert "You promised the data owner's yes and a repository by 15 Mar 2027" in told

        # Both from the command; what is left empty stays promised.
        await home.hands.command("alice", f"/pilot promise {NAME} kept")
        seen = await home.submit("alice")
        assert "Who said yes to the data?" in str(seen.errors)
        await home.submit("alice", repository="https://github.com/acme/x")
        pilot, its = home.pilot()
        assert pilot.links["repo"] == "https://github.com/acme/x"
        assert [one.text for one in its.promises if one.kept_on is None] == ["the data owner's yes"]

        # The other one from the question about it, once it has lapsed.
        home.slack.ledger.take_all()
        await _on(home, date(2027, 3, 16))
        asked = home.take("alice", "the data owner's yes")
        await home.hands.press("alice", asked, "Kept")
        await home.submit("alice", data_owner="charlie")
        await home.tick()
        assert "Promise kept: the data owner's yes. Thank you." in home.read(asked)
        pilot, its = home.pilot()
        assert pilot.data_owner is not None
        assert pilot.data_owner.name == "Charlie Stranger"
        assert all(one.kept_on is not None for one in its.promises)
        [d1] = [one for one in its.items if one.code == "D1"]
        assert (d1.state, d1.evidence) == ("done", "Charlie Stranger agreed")
        asks_for = (await home.say("alice", f"/pilot gate {NAME}")).partition("Missing")[2]
        assert "(D2)" in asks_for
        assert "(D1)" not in asks_for
        home.slack.ledger.take_all()


async def test_a_repository_that_was_promised_is_kept_by_naming_it(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G2")
        await home.submit("alice", baseline="10, ledger export")
        await home.modal("alice", "in build")
        # Who is named has not said yes by that.
        assert "kept" not in await home.say("alice", f"/pilot edit {NAME} data_owner @charlie")
        said = await home.say("alice", f"/pilot edit {NAME} repo https://github.com/acme/x")
        assert "Promise kept: a repository. Thank you." in said
        assert "the data owner's yes" in await home.say("alice", f"/pilot promise {NAME} kept")
        _, its = home.pilot()
        assert all(one.kept_on is not None for one in its.promises)
        assert [one.evidence for one in its.items if one.code == "D1"] == ["Charlie Stranger agreed"]
        home.slack.ledger.take_all()


# B7; what is late is asked about in test_signals_walk.


async def test_b7_ticked_on_day_4_no_question(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await _in_build(home)
        await _on(home, date(2027, 3, 5))
        await _items(home, I1="main", I2="image", I3="ci", I4="run 7")
        await _on(home, date(2027, 3, 16))
        assert home.slack.ledger.untaken("alice") == []
        home.slack.ledger.take_all()


# One item with a check-in.


async def test_a_check_in_carries_one_item_answered_by_itself(tmp_path: Path) -> None:
    """Fifteen working days bring the check-in of build with item I6; Done ticks it, the question above stays open."""
    async with house(tmp_path) as home:
        await _in_build(home)
        await _items(home, I1="main", I2="image", I3="ci", I4="run 7")
        await _on(home, date(2027, 3, 22))
        home.slack.ledger.take_all("#leadership")
        asked = home.take("alice", NAME)
        text = home.read(asked)
        assert text.count("One item:") == 1
        assert "One item: I6 rollback" in text

        seen = await home.hands.press("alice", asked, "Done")
        assert seen.updated
        assert "I6 (rollback) is done. On your word it counts a half" in seen.text
        assert "[Moving]" in home.read(asked), "the check-in is still open"
        _, its = home.pilot()
        assert [(item.code, item.state, item.automatic) for item in its.items if item.code == "I6"] == [
            ("I6", "done", False)
        ]
        await home.hands.press("alice", asked, "Moving")
        _, its = home.pilot()
        assert its.entries[-1].status is Status.MOVING


async def test_not_applicable_wants_a_reason_and_later_comes_with_another_check_in(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await _in_build(home)
        await _on(home, date(2027, 3, 9))
        home.take("alice", "fell due")
        await _items(home, I1="main", I2="image", I3="ci", I4="run 7")
        await _on(home, date(2027, 3, 30))
        home.slack.ledger.take_all("#leadership")
        asked = home.take("alice", "One item: I6")
        await home.hands.press("alice", asked, "Not applicable")
        seen = await home.submit("alice", evidence="nothing is served before May")
        await home.tick()
        assert "I6 (rollback) is not applicable" in seen.text + home.read(asked)
        await home.hands.press("alice", asked, "Moving")

        await _on(home, date(2027, 4, 20))
        home.slack.ledger.take_all("#leadership")
        asked = home.take("alice", "One item: I2")
        assert "ticked on 9 Mar 2027, it stands for 30 days" in home.read(asked)
        await home.hands.press("alice", asked, "Later")
        seen = await home.hands.type("alice", "alice", "9.1, moving, second vendor reads well")
        assert "9.1" in seen.text
        home.slack.ledger.take_all("sam")

        await _on(home, date(2027, 5, 11))
        home.slack.ledger.take_all("#leadership")
        asked = home.take("alice", "One item: D2")
        seen = await home.hands.type("alice", "alice", "D2 na no personal data, Ada signed")
        await home.tick()
        assert "D2 (lawful purpose recorded) is not applicable" in seen.text + home.read(asked)
        home.slack.ledger.take_all()


async def test_an_item_is_done_only_if_what_is_told_makes_it_so(tmp_path: Path) -> None:
    """Numbers and answers that fall short are kept, and the item stays open; so says the record."""
    async with house(tmp_path) as home:
        await _in_build(home)
        walk = {
            "O3 done 45 of 70": "stays open: 45 of 70 trained is 64 %, 80 % are needed",
            "O3 done 60 of 70": "is done",
            "O3 open 80 users now": "is done",
            "O3 open 90 users now": "stays open: 90 users now, 70 when they were trained: 28 % are new",
            "O3 done 85 of 90": "is done",
            "I6 done Ole, 40 minutes": "stays open: it took 40 minutes, 15 are the most",
            "O4 done legal yes; security no; HR yes; IT yes": "stays open: security said no",
        }
        for typed, said in walk.items():
            assert said in await home.say("alice", f"/pilot item {NAME} {typed}"), typed
        assert [one.text for one in home.pilot()[1].entries[-7:]] == [
            "O3 open: 45 of 70",
            "O3 done: 60 of 70",
            "O3 done: 60 of 70; 80 users now",
            "O3 open: 60 of 70; 90 users now",
            "O3 done: 85 of 90",
            "I6 open: Ole, 40 minutes",
            "O4 open: legal yes; security no; HR yes; IT yes",
        ]


# Gates.


async def _in_trial(home: House) -> None:
    await _in_build(home)
    [gate] = await home.shown("alice", f"/pilot gate {NAME}")
    assert "6 things are missing" not in home.read(gate), "the data owner agreed at G2"
    await home.hands.press("alice", gate, "Open the form of G3")
    ready = dict.fromkeys(("i1", "i4", "i6", "d1", "d2", "o3"), "done")
    seen = await home.submit("alice", **ready, o3_evidence="few")
    assert "42 of 50" in seen.errors["o3_evidence"]
    await home.submit("alice", **ready, o3_evidence="45 of 50", i6_evidence="Ole, 9 minutes")
    await home.modal("alice", "in trial")
    await home.say("alice", f"/pilot edit {NAME} cadence 20")


async def test_a_gate_is_refused_because_users_are_not_trained_although_everything_else_is_green(
    tmp_path: Path,
) -> None:
    """G4 from evidence to decision: the sentence, the run owner's yes, the sponsor's promise, its lapse and its end."""
    async with house(tmp_path) as home:
        await _in_trial(home)
        for day, value in ((2, "9"), (16, "8"), (31, "7.5")):
            await _on(home, date(2027, 3, day))
            home.slack.ledger.take_all()
            await home.say("alice", f"/pilot reading {NAME} {value} ledger export")
        await home.say("alice", f"/pilot item {NAME} O3 open 45 of 70 are trained")
        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G4")
        answers = dict.fromkeys(("o4_legal", "o4_security", "o4_council", "o4_it"), "yes")
        await home.submit(
            "alice",
            run_owner="charlie",
            budget="24,000 EUR",
            o2="done",
            o2_evidence="before and after, signed",
            o5="done",
            o5_evidence="#help-invoices, 4 h",
            **answers,
        )
        await home.modal("alice", "Charlie Stranger has not accepted to run it (O6)")
        await home.tick()
        await home.hands.press("charlie", home.take("charlie", NAME), "I will run it")

        shown = await home.say("alice", f"/pilot gate {NAME}")
        sentence = "Users are not trained (O3), 45 of 70 where 80 % are needed: everything else is green."
        assert sentence in shown
        [gate] = await home.shown("sam", f"/pilot gate {NAME}")
        await home.hands.press("sam", gate, "Open the form of G4")
        await home.submit("sam", o3_evidence="45 of 70")
        await home.modal("sam", sentence)
        assert home.pilot()[1].entries[-1].text == "O3 open: 45 of 70", "the record says what is so"
        assert home.pilot()[0].stage is Stage.TRIAL

        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G4")
        await home.submit("alice", o3_evidence="60 of 70")
        await home.modal("alice", "Sam Sponsor decides about G4")
        await _on(home, date(2027, 4, 1))
        asked = home.take("sam", "G4")
        await home.hands.press("sam", asked, "With promises, or back")
        seen = await home.submit("sam", outcome="passed", promise_1="training of the night shift")
        assert "By when?" in seen.errors["promise_1_by"]
        seen = await home.submit(
            "sam", outcome="passed", promise_1="training of the night shift", promise_1_by="2027-04-09"
        )
        await home.tick()
        pilot, its = home.pilot()
        assert pilot.stage is Stage.ROLLOUT
        assert "G4 is passed" in seen.text + home.read(asked)
        assert its.promises[-1].holder.name == "Alice Owner"
        assert its.promises[-1].by == date(2027, 4, 9)
        # What the entry says is what an import would read back.
        [read_back] = [one for one in promises_of(its.entries) if one.kept_on is None]
        assert (read_back.text, read_back.by) == ("training of the night shift", date(2027, 4, 9))

        asked = await _found(home, "alice", "training of the night shift", last=date(2027, 4, 14))
        told = home.read(asked)
        assert "was due on 9 Apr 2027" in told
        assert "The question of gate G4 is open again" in told
        assert _open_gates(home) == [Gate.G4]
        shown = await home.say("sam", f"/pilot gate {NAME}")
        assert 'G4: promised was "training of the night shift" by 9 Apr 2027. Is it kept?' in shown
        assert home.pilot()[0].stage is Stage.ROLLOUT, "stages never move by themselves"

        await home.hands.press("alice", asked, "New date")
        assert (
            "is in the past" in (await home.submit("alice", until="2027-04-01", reason="x")).errors["until"]
        )
        assert (
            "60 working days" in (await home.submit("alice", until="2028-04-01", reason="x")).errors["until"]
        )
        await home.submit("alice", until="2027-04-23", reason="the trainer is ill")
        await home.tick()
        assert "Moved to 23 Apr 2027: the trainer is ill. Sam Sponsor reads so." in home.read(asked)
        assert _open_gates(home) == [], "passed with promises again, with a day ahead"
        [read_back] = [one for one in promises_of(home.pilot()[1].entries) if one.kept_on is None]
        assert read_back.by == home.pilot()[1].promises[-1].by == date(2027, 4, 23)
        news = await _until(home, "sam", "Alice Owner moved the promise", last=date(2027, 4, 16))
        assert "from 9 Apr 2027 to 23 Apr 2027: the trainer is ill" in news
        told = await _until(home, "alice", "training of the night shift", last=date(2027, 4, 28))
        assert "was due on 23 Apr 2027" in told
        assert _open_gates(home) == [Gate.G4]
        moved = await home.say("alice", f"/pilot promise {NAME} until 30 April the room is taken")
        assert "Moved to 30 Apr 2027" in moved
        refused = await home.say("alice", f"/pilot promise {NAME} until 7 May again")
        assert "was moved 2 times already" in refused
        kept = await home.say("alice", f"/pilot promise {NAME} kept")
        assert "Kept" in kept or "kept" in kept
        assert _open_gates(home) == []
        home.slack.ledger.take_all()


def _open_gates(home: House) -> list[Gate]:
    found = home.app.database.read_now(
        lambda conn: gates.open_of(conn, home.workspace_id, home.pilot()[0].id)
    )
    return [one.gate for one in found]


async def test_the_sponsor_sends_a_gate_back_and_its_owner_hears_why(tmp_path: Path) -> None:
    """High risk: the owner fills G3 in, the sponsor decides."""
    async with house(tmp_path) as home:
        await _in_build(home)
        await home.say("alice", f"/pilot edit {NAME} risk_class high")
        codes = ["i1", "i2", "i3", "i4", "i5", "i6", "d1", "d2", "d3", "d4", "d5", "o3", "o7"]
        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G3")
        await home.submit("alice", **dict.fromkeys(codes, "done"), o3_evidence="45 of 50")
        await home.modal("alice", "high risk is the sponsor's")
        assert home.pilot()[0].stage is Stage.BUILD
        await home.tick()
        await _on(home, date(2027, 3, 2))
        asked = home.take("sam", "G3")
        await home.hands.press("sam", asked, "With promises, or back")
        seen = await home.submit("sam", outcome="back")
        assert "Why" in seen.errors["reason"]
        await home.submit("sam", outcome="back", reason="legal has not seen it")
        await home.tick()
        assert "sent back: legal has not seen it" in home.read(asked)
        await _on(home, date(2027, 3, 3))
        assert "sent G3 back: legal has not seen it" in home.read(home.take("alice", NAME))

        await home.hands.press(
            "alice", (await home.shown("alice", f"/pilot gate {NAME}"))[0], "Open the form of G3"
        )
        await home.submit("alice")
        await _on(home, date(2027, 3, 4))
        await home.hands.press("sam", home.take("sam", "G3"), "Pass G3")
        assert home.pilot()[0].stage is Stage.TRIAL
        home.slack.ledger.take_all()


async def test_done_takes_the_lists_the_line_and_the_sponsor(tmp_path: Path) -> None:
    """G5: the sentence, the run owner's confirmation, then the sponsor's tap."""
    async with house(tmp_path) as home:
        await _in_build(home)
        pilot = home.pilot()[0]
        codes = [*(f"I{n}" for n in range(1, 9)), *(f"D{n}" for n in range(2, 8)), "O2", "O5", "O6"]
        for code in codes:
            _write(home, Item(code=code, state="done", on=date(2027, 3, 1), by="svc-ci", automatic=True))
        await _items(
            home,
            O3="45 of 50",
            O4="legal yes; security yes; works council yes; IT yes",
            O8="switched off on 26 February 2027",
        )
        await home.say("alice", f"/pilot item {NAME} O7 na internal and minimal risk")

        def to_rollout(conn: Connection) -> None:
            pilots.save(
                conn, home.workspace_id, replace(pilot, stage=Stage.ROLLOUT, stage_since=date(2027, 3, 1))
            )

        home.app.database.write_now(to_rollout)
        assert (
            "The target does not hold on two readings yet"
            in (await home.hands.command("alice", f"/pilot scale {NAME}")).text
        )
        for value in ("6", "5.8"):
            await home.say("alice", f"/pilot reading {NAME} {value} ledger")
        await home.say("alice", f"/pilot edit {NAME} run_owner @bob")
        assert "belongs to the pilot team" in (await home.hands.command("alice", f"/pilot scale {NAME}")).text
        [gate] = await home.shown("alice", f"/pilot gate {NAME}")
        await home.hands.press("alice", gate, "Open the form of G5")
        form = await home.modal("alice", "Who runs it from here?")
        assert "5.8 minutes (1 Mar 2027)" in form
        assert "O1" not in form, "the sponsor's decision is the tap"
        seen = await home.submit("alice", run_owner="charlie", saving="84,000 EUR a year")
        assert "Who confirmed the saving?" in seen.errors["confirmed_by"]
        seen = await home.submit("alice", run_owner="charlie", saving="84,000 EUR a year", confirmed_by="bob")
        assert "belongs to the pilot team" in seen.errors["confirmed_by"]
        await home.submit(
            "alice",
            run_owner="charlie",
            saving="84,000 EUR a year",
            confirmed_by="ada",
            switched_off="the manual ledger",
        )
        await home.modal("alice", "Charlie Stranger is asked to confirm")
        await _on(home, date(2027, 3, 2))
        home.slack.ledger.take_all("bob")
        seen = await home.hands.press("charlie", home.take("charlie", NAME), "Yes, we run it")
        assert "Sam Sponsor decides about G5 now" in seen.text
        await _on(home, date(2027, 3, 3))
        asked = home.take("sam", NAME)
        gains = "Saves 84,000 EUR a year, confirmed by Ada Admin. Switched off: the manual ledger."
        assert f"Charlie Stranger runs it from here. {gains} Scaled, then?" in home.read(asked)
        await home.hands.press("sam", asked, "Yes, it is done")
        scaled = home.pilot()[0]
        assert scaled.stage is Stage.SCALED
        assert scaled.end is not None
        assert scaled.end.switched_off == "the manual ledger"
        told = f"Charlie Stranger runs it. {gains}"
        assert scaled.end.reason.endswith(told)
        assert "5.8 minutes on 1 Mar 2027, the target held on two readings" in scaled.end.reason
        assert told in home.read(asked)
        assert told.split(".", maxsplit=1)[0] in await home.say("lea", f"/pilot happened {NAME}")
        assert _open_gates(home) == []
        home.slack.ledger.take_all()

        # B16: the line is asked for the number thirty working days later, and nobody else.
        await _leap(home, 30)
        asked = home.take("charlie", NAME)
        assert "look-back" in home.read(asked)
        assert "You run it now" in home.read(asked)
        assert home.slack.ledger.untaken("alice") == []
        home.slack.ledger.take_all()


async def _leap(home: House, working_days: int) -> None:
    """So many working days on at once."""
    await _on(home, PLAIN.add(home.clock().date(), working_days))


# B15.


async def test_b15_the_sponsors_pulse_is_one_tap_and_two_missed_are_a_finding(tmp_path: Path) -> None:
    """Asked after 30 working days and after 60; after 90 SPONSOR_QUIET asks once more, and one tap ends it."""
    async with house(tmp_path) as home:
        await home.register()
        for _ in range(2):
            await _leap(home, 30)
            assert "is it still worth it? In framed" in home.read(home.take("sam", "One tap is enough"))
            home.slack.ledger.take_all()
        assert "SPONSOR_QUIET" not in _findings(home)
        await _leap(home, 30)
        await home.tick()
        asked = home.take("sam", "Two questions about it stayed open")
        assert "SPONSOR_QUIET" in _findings(home)
        await home.hands.press("sam", asked, "Still worth it")
        assert "SPONSOR_QUIET" not in _findings(home)
        assert "O1 sponsor alive: done by evidence" in await home.say("sam", f"/pilot ready {NAME}")
        home.slack.ledger.take_all()


def _findings(home: House) -> set[str]:
    pilot, its = home.pilot()
    found = examine(pilot, its, home.clock().date(), PLAIN).findings
    return {one.kind.value for one in found}


# B5, B14.


async def test_b5_a_named_holder_is_asked_and_the_owner_is_left_in_peace_until_the_promise_date(
    tmp_path: Path,
) -> None:
    """Stuck three times on the same ticket: Charlie is asked with a date, Alice gets nothing before it."""
    async with house(tmp_path) as home:
        await home.register()
        for text in ("SEC-12 is open", "the firewall again, SEC-12", "nothing new, SEC-12"):
            await home.say("alice", f"/pilot checkin {NAME} stuck {text} @charlie by 2027-03-29")
        await home.tick()
        asked = home.take("charlie", NAME)
        assert 'Alice Owner: "nothing new, SEC-12' in home.read(asked)
        assert "<@" not in home.read(asked)
        assert "Next: once more on 4 Mar 2027" in home.read(asked)
        assert "29 Mar 2027" in home.read(asked)
        _, its = home.pilot()
        assert its.promises[-1].by == date(2027, 3, 29)
        assert its.promises[-1].holder.name == "Charlie Stranger"
        for day in (15, 17, 22, 25, 29):
            await _on(home, date(2027, 3, day))
            assert home.slack.ledger.untaken("alice") == [], day
        climbed = [home.read(message) for message in home.slack.ledger.take_all("charlie")]
        assert any("the same blocker 3 times" in text or "SEC-12" in text for text in climbed)
        home.slack.ledger.take_all()
        told = await _until(home, "charlie", "was due on 29 Mar 2027", last=date(2027, 4, 2))
        assert "Is it kept?" in told
        home.slack.ledger.take_all()


async def test_b5_it_moves_again_and_the_holder_hears_so(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        await home.say("alice", f"/pilot checkin {NAME} stuck SEC-12 is open @charlie")
        await home.tick()
        asked = home.take("charlie", "SEC-12")
        _, its = home.pilot()
        assert its.promises[-1].by == date(2027, 3, 8), "five working days, where no day is named"
        await home.say("alice", f"/pilot checkin {NAME} 9.5 moving, the firewall is open")
        await home.tick()
        _, its = home.pilot()
        assert its.promises[-1].kept_on == date(2027, 3, 1)
        assert "It moves again, Alice Owner says" in home.read(asked)
        home.slack.ledger.take_all()


async def test_b14_an_orphan_is_rescued_in_the_same_hour(tmp_path: Path) -> None:
    """Alice's account is deactivated at 10:40: by 11:00 Bob has the packet, takes it, and it has an owner again."""
    async with house(tmp_path) as home:
        await home.register()
        await home.say("alice", f"/pilot edit {NAME} repo https://github.com/acme/invoice-reader")
        await home.say("alice", f"/pilot checkin {NAME} 9.5 stuck SEC-12 is open")
        await _on(home, date(2027, 3, 2), time(10, 40))
        await home.hands.deactivate("alice")
        await home.answered()
        home.clock.advance(minutes=15)
        await home.tick()
        rescue = home.take("bob", NAME)
        text = home.read(rescue)
        for words in ("9.5 minutes", "SEC-12", "*Links*", "*Last words*", "nobody took over"):
            assert words in text, words
        await home.hands.press("bob", rescue, "I take it")
        pilot, its = home.pilot()
        assert pilot.owner.name == "Bob Backup"
        assert its.entries[-1].on == date(2027, 3, 2)
        home.slack.ledger.take_all()
