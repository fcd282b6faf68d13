"""Forms as they are shown, and the ids that the services rely on."""

import re
from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest

from bot.domain.calendar import QuietHours
from bot.domain.people import Person
from bot.domain.record import Status
from bot.domain.stages import Rules
from bot.messages import forms, setting_forms
from bot.messages.model import Field, Form
from tests.messages.kit import TODAY, Portfolio, golden, portfolio, shown

ITEMS = (
    forms.ItemView(
        code="I1", title="code in a repository", state="done", evidence="https://git.example/main", must=True
    ),
    forms.ItemView(code="O7", title="human oversight and literacy"),
)
G4_ITEMS = (
    forms.ItemView(code="O2", title="process redesigned", hint="before and after on a page."),
    forms.ItemView(code="O3", title="users named and trained", evidence="30 of 50"),
    forms.ItemView(code="O5", title="support path", state="done", evidence="#help-desk"),
)


G5_ITEMS = (
    forms.ItemView(code="I7", title="data pipeline scheduled and watched", hint="A freshness alert."),
    forms.ItemView(code="O8", title="the old way ends"),
)


@pytest.fixture(scope="module")
def sample() -> Portfolio:
    return portfolio()


def _all(sample: Portfolio) -> list[Form]:
    seen = sample.one("P01")
    pilot, record = seen.pilot, seen.record
    idea = sample.one("P09")
    return [
        forms.register(called="Reply drafts"),
        forms.checkin(
            pilot,
            record,
            ask="7f3a",
            known=Decimal("6.4"),
            extra=Field(id="i6", label="I6 rollback: still tested?"),
        ),
        forms.checkin(idea.pilot, idea.record, typed={"status": "stuck", "text": "no licence"}),
        forms.retire(pilot, ask="7f3a"),
        forms.pause(pilot, today=TODAY, calendar=sample.calendar),
        forms.snooze(pilot, used=1, used_days=8),
        forms.snooze(pilot, used=2, used_days=15),
        forms.handover(pilot, to="jonas.ebert"),
        forms.keep(pilot, owner="mara.lindqvist"),
        forms.metric(idea.pilot),
        forms.g2(pilot, process_owner="petra.holm"),
        forms.g3(pilot, ITEMS),
        forms.g3(pilot, ITEMS, passes=False),
        forms.g4(pilot, G4_ITEMS, passes=False),
        forms.g4(
            pilot,
            G4_ITEMS,
            passes=True,
            known={
                "run_owner": "jonas.ebert",
                "budget": "24,000 EUR",
                "o4_it": "yes",
                "o4_it_on": "2026-11-02",
            },
        ),
        forms.g5(
            pilot,
            G5_ITEMS,
            passes=False,
            known={"run_owner": "jonas.ebert", "saving": "84,000 EUR"},
            intro="First response time: 6.4 h (16 Nov 2026)",
        ),
        forms.promise(pilot, text="training of the night shift", ask="7f3a"),
        forms.kept(pilot, ("repository",), ask="7f3a"),
        forms.kept(pilot, ("data_owner", "repository")),
        forms.decide(pilot, gate="G4", ask="7f3a"),
        forms.item(
            pilot,
            code="O3",
            title="users named and trained",
            state="done",
            hint="For example: 42 of 50",
            ask="7f3a",
        ),
        forms.item(pilot, code="D2", title="lawful purpose recorded", state="na", hint="A DPIA."),
        forms.checkin(
            pilot, record, ask="7f3a", extra=forms.extra_item("I6", "rollback", "gate G3 needs it"), item="I6"
        ),
        forms.wrong(pilot, ask="7f3a"),
        forms.log(
            [pilot, idea.pilot], text="First replies look fine, Danish next", author="<@U1>", chosen="P01"
        ),
        forms.wishes(
            opens=time(9, 30), closes=time(11), not_before=time(10), platform="", platforms=["slack", "teams"]
        ),
        setting_forms.days(zone="Europe/Berlin", country="DE", region="BE", digest_channel="C0LEAD"),
        setting_forms.hours(QuietHours(), date_style="en", currency="EUR"),
        setting_forms.rhythm(Rules()),
        setting_forms.ladder(Rules()),
        setting_forms.people(leaders=["<@U1>"], unpicked=["Petra Holm"], steward="<@U2>"),
        setting_forms.match(
            [setting_forms.Unmatched(person=pilot.owner or Person(id="x", name="x"), pilots=2)]
        ),
        setting_forms.match([]),
    ]


def test_every_form_reads_as_it_was_approved(sample: Portfolio) -> None:
    golden("forms", "\n\n".join(shown(form) for form in _all(sample)))


def test_titles_fit_and_ids_are_stable_words(sample: Portfolio) -> None:
    for form in _all(sample):
        assert 0 < len(form.title) <= 24
        assert 0 < len(form.submit_label) <= 24
        ids = [field.id for field in form.fields]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", one) for one in ids), ids
        assert all(0 < len(field.label) <= 150 for field in form.fields)


def test_every_verb_and_field_is_documented(sample: Portfolio) -> None:
    documented = f"{forms.__doc__}{setting_forms.__doc__}"
    for form in _all(sample):
        row = re.search(rf"^{form.submit.verb} +(.*(?:\n {{20,}}.*)*)", documented, re.MULTILINE)
        assert row is not None, form.submit.verb
        for field in form.fields:
            per_item = form.submit.verb in ("g3", "g5") and re.fullmatch(r"[iod]\d(_evidence)?", field.id)
            if not per_item and not field.id.startswith("stage_"):
                assert re.search(rf"\b{field.id}\b", row[1]), f"{form.submit.verb}: {field.id}"


def test_the_last_value_stands_beside_the_number(sample: Portfolio) -> None:
    seen = sample.one("P24")
    (value,) = [field for field in forms.checkin(seen.pilot, seen.record).fields if field.id == "value"]
    assert (value.label, value.hint) == ("Days sales outstanding now? (days)", "last 41 days, on 10 Jul 2026")
    two = sample.one("P14")
    (value,) = [field for field in forms.checkin(two.pilot, two.record).fields if field.id == "value"]
    assert value.hint == "last 2.9 min, -0.2 in 2 weeks"


def test_a_pilot_without_a_number_is_not_asked_for_one(sample: Portfolio) -> None:
    seen = sample.one("P20")
    assert [field.id for field in forms.checkin(seen.pilot, seen.record).fields] == [
        "status",
        "text",
        "holder",
        "holder_by",
    ]


def test_the_four_answers_are_statuses(sample: Portfolio) -> None:
    seen = sample.one("P01")
    (status,) = [field for field in forms.checkin(seen.pilot, seen.record).fields if field.id == "status"]
    assert [Status(option.value) for option in status.options] == [
        Status.MOVING,
        Status.STUCK,
        Status.WAITING,
        Status.STOP,
    ]


def test_there_are_seven_causes_and_one_sentence(sample: Portfolio) -> None:
    cause, learning, *rest = forms.retire(sample.one("P01").pilot).fields
    assert [option.value for option in cause.options] == list("MIODRTX")
    assert not learning.optional
    assert all(field.optional for field in rest)


def test_an_error_stands_at_its_field_and_keeps_what_was_typed(sample: Portfolio) -> None:
    pilot = sample.one("P01").pilot
    form = forms.retire(
        pilot, typed={"learning": "too early"}, errors={"cause": "Pick the cause that fits best."}
    )
    cause, learning, *_ = form.fields
    assert (cause.error, learning.value, learning.error) == (
        "Pick the cause that fits best.",
        "too early",
        "",
    )


def test_a_form_carries_the_ask_it_answers_and_only_then(sample: Portfolio) -> None:
    pilot = sample.one("P01").pilot
    assert dict(forms.keep(pilot, ask="7").submit.args) == {"pilot": "P01", "ask": "7"}
    assert dict(forms.keep(pilot).submit.args) == {"pilot": "P01"}


def test_a_pilots_name_may_be_anything(sample: Portfolio) -> None:
    pilot = replace(sample.one("P01").pilot, name="\u202e" + "x" * 500)
    assert "\u202e" not in shown(forms.wrong(pilot, ask="1"))
