"""The published windows are kept, for each conversation and for the tenant."""

import pytest

from bot.teams.rates import Kind, Rates


def run(rates: Rates, kind: Kind, conversation: str, seconds: float, *, tenant: str = "t") -> list[float]:
    """Calls as fast as allowed for so long; the moments at which they were made."""
    now, made = 0.0, []
    while now <= seconds:
        wait = rates.take(kind, conversation, tenant, now)
        if wait:
            now += wait
        else:
            made.append(now)
    return made


def most_within(made: list[float], window: float) -> int:
    return max(sum(1 for at in made if start <= at < start + window) for start in made)


@pytest.mark.parametrize(
    ("kind", "windows"),
    [
        (Kind.SEND, [(1, 7), (2, 8), (30, 60)]),
        (Kind.CREATE, [(1, 7), (2, 8), (30, 60)]),
        (Kind.READ, [(1, 14), (2, 16), (30, 120)]),
    ],
)
def test_no_window_of_one_conversation_is_exceeded(kind: Kind, windows: list[tuple[float, int]]) -> None:
    made = run(Rates(), kind, "c", 65.0)
    assert [most_within(made, seconds) for seconds, _ in windows] == [most for _, most in windows]


def test_an_hour_holds_1800_sends() -> None:
    rates = Rates()
    made = run(rates, Kind.SEND, "c", 3700.0)
    assert most_within(made, 3600.0) == 1800


def test_a_tenant_is_called_25_times_a_second_whatever_the_conversation() -> None:
    rates = Rates()
    made = [number for number in range(100) if not rates.take(Kind.SEND, f"c{number}", "t", 0.0)]
    assert len(made) == 25
    assert not rates.take(Kind.SEND, "c", "another tenant", 0.0)
    assert not rates.take(Kind.SEND, "c99", "t", 1.0)


def test_sends_and_reads_are_counted_apart() -> None:
    rates = Rates()
    for _ in range(7):
        assert not rates.take(Kind.SEND, "c", "t", 0.0)
    assert rates.take(Kind.SEND, "c", "t", 0.0)
    assert not rates.take(Kind.READ, "c", "t", 0.0)


def test_a_conversation_that_asked_for_patience_gets_it() -> None:
    rates = Rates()
    rates.pause(Kind.SEND, "c", 30.0)
    assert rates.take(Kind.SEND, "c", "t", 10.0) == 20.0
    assert not rates.take(Kind.SEND, "d", "t", 10.0)
    assert not rates.take(Kind.SEND, "c", "t", 30.0)


def test_what_is_over_is_forgotten() -> None:
    rates = Rates()
    for number in range(6000):
        rates.take(Kind.SEND, f"c{number}", f"t{number}", 0.0)
    rates.take(Kind.SEND, "d", "t", 100_000.0)
    assert len(rates._calls) < 10
