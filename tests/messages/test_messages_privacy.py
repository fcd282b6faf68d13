"""Privacy in chat: nothing is left out, whatever the rows hold, and every page can be shown."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages import privacy
from bot.messages.model import Message, text_of

VALUE = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=60), st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=2))  # fmt: skip
ROW = st.dictionaries(st.sampled_from(["id", "text", "content", "details", "name"]), VALUE, max_size=4)
ROWS = st.dictionaries(
    st.sampled_from([*privacy.TABLES, "a_new_table"]), st.lists(ROW, max_size=12), max_size=6
)


def pages(rows: dict[str, list[dict[str, object]]]) -> list[Message]:
    """Every page, by pressing "Next page" until there is none."""
    found = [privacy.everything(rows, 0)]
    while "[Next page]" in text_of(found[-1]):
        found.append(privacy.everything(rows, len(found)))
        assert len(found) < 500
    return found


@given(rows=ROWS)
@settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_row_is_on_some_page_and_no_page_is_too_long(rows: dict[str, list[dict[str, object]]]) -> None:
    shown = [text_of(page) for page in pages(rows)]
    assert sum(page.count("\n• ") for page in shown) == sum(map(len, rows.values()))
    assert max(map(len, shown)) < 3_000
    for table, found in rows.items():
        assert not found or any(privacy.TABLES.get(table, table) in page for page in shown)


def test_many_rows_take_many_pages_and_pages_that_are_not_there_are_the_nearest() -> None:
    rows: dict[str, list[dict[str, object]]] = {
        "entries": [{"text": f"entry {number} " + "x" * 100} for number in range(200)]
    }
    shown = [text_of(page) for page in pages(rows)]
    assert len(shown) > 5
    for number in range(200):
        assert sum(f"entry {number} " in page for page in shown) == 1
    assert privacy.everything(rows, 10**9) == privacy.everything(rows, len(shown) - 1)
    assert text_of(privacy.everything({}, 3)).startswith("Everything stored about you")


def test_a_message_is_told_as_it_was_read() -> None:
    from bot.messages.model import dump
    from bot.messages.replies import line

    told = text_of(
        privacy.everything({"outbox": [{"content": dump(line("No word for 17 working days."))}]}, 0)
    )
    assert "No word for 17 working days." in told
    assert "{" not in told


def test_the_page_says_what_how_long_and_who() -> None:
    told = text_of(
        privacy.privacy({"people": 1, "entries": 12}, admin=False, keep_days=400, called="Alice Able")
    )
    for words in (
        "Alice Able, 13 rows",
        "after 400 days",
        "30 days after",
        "Everybody in this workspace",
        "[Erase me]",
    ):
        assert words in told, words
    assert "workspace]" not in told
    told = text_of(privacy.privacy({}, admin=True, keep_days=30, called="Ada", only_admin=True))
    for words in ("[Export everything]", "[Erase a person]", "[Erase this workspace]", "prints a code"):
        assert words in told, words
