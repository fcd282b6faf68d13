"""Which pilots a new idea resembles: the lesson of an ended one, and a living one that is the same."""

from datetime import date

import pytest

from bot.domain.pilot import End, Pilot
from bot.domain.resemblance import known, resembling
from bot.domain.stages import Stage

DAY = date(2026, 1, 2)


def pilot(name: str, sentence: str = "", stage: Stage = Stage.BUILD, *aliases: str) -> Pilot:
    """A pilot of that name, in build unless said otherwise."""
    return Pilot(
        id=name,
        name=name,
        stage=stage,
        stage_since=DAY,
        started=DAY,
        aliases=aliases,
        outcome_sentence=sentence,
        end=End(state=stage, learning="clicks fell") if stage is Stage.RETIRED else None,
    )


IMAGES = pilot(
    "Campaign Image Generator", "Reduce external photo cost per campaign by half by June", Stage.RETIRED
)
INVOICES = pilot("Invoice Line Reader", "Cut handling time per invoice from 7.5 to 3 minutes", Stage.SCALED)
TEXTS = pilot("Product Text Writer", "Raise the share of products with texts to 95%", Stage.SCALED)
MINUTES = pilot("Meeting Notes AI", "Let us see what AI can do for our meetings", Stage.IDEA, "minutes bot")
ALL = [IMAGES, INVOICES, TEXTS, MINUTES]


@pytest.mark.parametrize(
    ("name", "sentence", "found"),
    [
        ("product images for newsletters", "Let's see what AI can do", [IMAGES]),
        ("Invoice Reader", "Reduce invoice handling time from 10 to 6 minutes by June", [INVOICES]),
        ("meeting notes", "", [MINUTES]),
        ("Crane Scheduler", "Cut crane idle time by 10% by June", []),
        ("AI", "Implement an AI chatbot", []),
        ("", "", []),
    ],
)
def test_an_ended_pilot_has_a_lesson_and_a_living_one_may_be_the_same(
    name: str, sentence: str, found: list[Pilot]
) -> None:
    """One telling word is enough for a lesson; only the same name or promise makes it the same idea."""
    assert resembling(pilot(name), sentence, known(ALL)) == [one.id for one in found]


def test_a_pilot_does_not_resemble_itself() -> None:
    """Also not after its registration is stored."""
    assert resembling(IMAGES, IMAGES.outcome_sentence, known(ALL)) == []
