"""What the page shows, to whom: the walls between customers (S4), roles (S5), filters, files (S11), and large registries."""

import csv
import html
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.domain.findings import examine
from bot.domain.ladder import climbed
from bot.domain.pilot import End
from bot.domain.record import Activity, Item, Reading, Status
from bot.domain.record import Counts as ActivityCounts
from bot.domain.stages import Rules, Stage
from bot.domain.survival import survival
from bot.services import look, seeing, transfer
from bot.services import portfolio as services_portfolio
from bot.web.dashboard import COLUMNS
from storage import episodes, people, pilots, portfolio, record, workspaces
from storage.database import Connection
from storage.workspaces import Workspace
from tests.domain.test_replay import SAMPLE, SAMPLE_SETTINGS
from tests.storage.kit import ALICE, DAY, NOW, OURS, THEIRS, TODAY, entry, metric, origin, pilot
from tests.web.kit import CAST, SECRET, Site, add_pilot, signed_in, site


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as one:
        yield one


def _ours(conn: Connection) -> Workspace:
    found = workspaces.get(conn, OURS)
    assert found is not None
    return found


def looked(here: Site) -> None:
    """As the clock's first stroke leaves it."""
    here.write(lambda conn: look.look(conn, here.clock(), limit=500))


# Walls (S4).


def routes(here: Site, pilot_id: str) -> list[str]:
    """Every address of the page, with an id where one goes."""
    found = []
    for route in here.web.routes:
        path = getattr(route, "path", "")
        if path.startswith(
            (
                "/slack",
                "/api",
                "/static",
                "/login",
                "/logout",
                "/healthz",
                "/readyz",
                "/metrics",
                "/hooks",
                "/calendar",
            )
        ):
            continue
        found.append(re.sub(r"\{pilot(?::path)?\}", quote(pilot_id), path))
    return found


def without_typed(page: str) -> str:
    """A page without what its reader typed: it stands in its field, in addresses, and as what the list is narrowed to."""
    page = re.sub(r'<p class="wanted">.*?</p>', "", page, flags=re.DOTALL)
    return re.sub(r'(?:href|value)="[^"]*"', "", page)


async def test_no_page_shows_what_another_workspace_holds(here: Site) -> None:
    looked(here)
    assert len(routes(here, "P01")) >= 5
    async with signed_in(here) as ours, signed_in(here, team="T2") as theirs:
        assert SECRET in (await theirs.get("/")).text
        unknown = await ours.get("/pilots/T99")
        foreign = await ours.get("/pilots/T77")
        assert (await theirs.get("/pilots/T77")).status_code == 200
        assert (
            (unknown.status_code, unknown.text) == (foreign.status_code, foreign.text) == (404, foreign.text)
        )
        asked = ("", f"?words={SECRET}", f"?department={SECRET}", "?who=alice", "?decisions=yes", "?page=2")
        for path in routes(here, "P01"):
            for query in asked:
                page = (await ours.get(path + query)).text
                assert SECRET not in without_typed(page), path + query


async def test_another_workspaces_session_is_of_no_use(here: Site) -> None:
    async with signed_in(here) as ours, here.browser() as forger:
        whose, secret = ours.cookies["__Host-pilotlight"].split(".")
        assert whose == OURS
        for forged in (
            f"{THEIRS}.{secret}",
            f".{secret}",
            secret,
            f"{THEIRS}.{secret}.{secret}",
            f"{OURS}:{secret}",
        ):
            forger.cookies.set("__Host-pilotlight", forged)
            for path in routes(here, "P01"):
                assert (await forger.get(path)).status_code == 303


async def test_without_a_session_everything_asks_for_one_alike(here: Site) -> None:
    async with here.browser() as browser:
        for pilot_id in ("P01", "T77", "T99"):
            for path in routes(here, pilot_id):
                answer = await browser.get(path)
                assert (answer.status_code, answer.headers["location"]) == (303, "/login")


# Roles (S5): the page changes nothing, so who may read sees all of it and who may not sees none.


@pytest.mark.parametrize("person", [one.id for one in CAST if not one.guest])
async def test_every_member_reads_the_whole_page_and_can_only_leave(here: Site, person: str) -> None:
    user = f"U{person.upper()}"
    async with signed_in(here, user) as browser:
        for path in routes(here, "P01"):
            page = await browser.get(path)
            assert page.status_code == 200
            posts = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page.text)
            assert posts == ([] if path == "/pilots.csv" else ["/logout"])
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                assert (await browser.request(method, path, headers=here.headers())).status_code == 405


# What it shows.


def fill(conn: Connection) -> None:
    """A few pilots in every place."""
    add_pilot(conn, OURS, pilot("P02", name="Ended Well", stage=Stage.SCALED, end=End(state=Stage.SCALED)))
    learning = End(state=Stage.RETIRED, learning="nobody had time to own it")
    add_pilot(
        conn, OURS, pilot("P03", name="Stopped", stage=Stage.RETIRED, end=learning, department="Logistics")
    )
    add_pilot(conn, OURS, pilot("P04", name="Gone", stage=Stage.RETIRED, end=None))
    add_pilot(
        conn, OURS, pilot("P05", name="No Metric", stage=Stage.IDEA, metric=None, owner=None, guardrails=())
    )
    days = (100, 80, 60, 40, 20, 5)
    readings = [Reading(on=TODAY - back * DAY, value=Decimal(10) - at) for at, back in enumerate(days)]
    record.append_readings(conn, OURS, {"P01": readings})
    record.append_entry(conn, OURS, "P01", entry(Status.GATE, text="G3 passed: all there"), NOW, "slack")
    record.set_item(
        conn,
        OURS,
        "P01",
        Item(code="I1", state="done", on=TODAY, by="alice", evidence="https://ci.example/7", automatic=True),
    )
    record.set_item(
        conn, OURS, "P01", Item(code="I2", state="done", on=TODAY, by="alice", evidence="javascript:alert(1)")
    )


async def test_the_decision_is_the_first_thing(here: Site) -> None:
    here.write(fill)
    looked(here)

    def climb(conn: Connection) -> None:
        [open_] = [one for one in episodes.open_of(conn, OURS, ["P05"]) if one.family == "ORPHANED"]
        episodes.begin(conn, OURS, open_.id, TODAY, TODAY)
        episodes.climb(conn, OURS, open_.id, 4, None)

    here.write(climb)
    async with signed_in(here) as browser:
        page = (await browser.get("/")).text
        assert "<h1" in page and "1 decision waits" in page
        first, *_ = re.findall(r'<li class="decision">(.*?)</li>', page, re.DOTALL)
        assert "No Metric" in first and "Dora Dent decides" in first and "No owner since" in first
        assert page.index("1 decision waits") < page.index("Where they stand") < page.index('id="pilots"')
        only = (await browser.get("/?decisions=yes")).text
        assert re.findall(r'<li class="pilot">.*?href="/pilots/([^"]+)"', only, re.DOTALL) == ["P05"]
        # A pilot that rests waits for nobody.
        here.write(lambda conn: pilots.set_health(conn, OURS, {"P05": "paused"}))
        assert "Nothing waits for a decision" in (await browser.get("/")).text


async def test_the_funnel_counts_what_vanished(here: Site) -> None:
    here.write(fill)
    async with signed_in(here) as browser:
        assert "<b>1</b> vanished" in (await browser.get("/")).text
        here.write(
            lambda conn: record.append_entry(conn, OURS, "P04", entry(Status.END, text="stopped"), NOW, "cli")
        )
        assert "<b>0</b> vanished" in (await browser.get("/")).text


ALL = {"P01", "P02", "P03", "P04", "P05"}
LISTS: list[tuple[str, set[str]]] = [
    ("", ALL),
    ("stage=trial", {"P01"}),
    ("stage=nonsense", ALL),
    ("health=ended", {"P03", "P04"}),
    ("health=red", {"P05"}),
    ("department=Logistics", {"P03"}),
    ("who=aLiCe", {"P01", "P02", "P03", "P04"}),
    ("who=nobody", set()),
    ("words=well", {"P02"}),
    ("words=p03", {"P03"}),
    ("words=%25", set()),
    ("words=_", set()),
    ("words=%00", ALL),
    ("stage=retired&words=gone", {"P04"}),
    ("page=9", ALL),
    ("page=-1&sort=cost", ALL),
    ("page=%E0%A5%A9&sort=x", ALL),
]


async def test_the_list_shows_what_was_asked_for(here: Site) -> None:
    here.write(fill)
    looked(here)
    async with signed_in(here) as browser:
        for query, shown in LISTS:
            page = (await browser.get(f"/?{query}")).text
            found = re.findall(r'<li class="pilot">.*?href="/pilots/([^"]+)"', page, re.DOTALL)
            assert set(found) == shown, query
            file = (await browser.get(f"/pilots.csv?{query}")).text
            assert {row["pilot_id"] for row in csv.DictReader(io.StringIO(file))} == shown, query


async def test_the_list_is_sorted(here: Site) -> None:
    here.write(fill)
    here.write(lambda conn: pilots.save(conn, OURS, pilot("P01", name="Zebra", cost_per_week=Decimal(9000))))
    async with signed_in(here) as browser:
        for sort, first in (("cost", "P01"), ("name", "P02"), ("spent", "P01"), ("newest", "P01")):
            page = (await browser.get(f"/?sort={sort}")).text
            assert re.findall(r'<li class="pilot">.*?href="/pilots/([^"]+)"', page, re.DOTALL)[0] == first, (
                sort
            )


async def test_what_narrows_the_list_can_be_taken_off_one_by_one(here: Site) -> None:
    here.write(fill)
    async with signed_in(here) as browser:
        page = (await browser.get("/?stage=trial&words=pilot&decisions=yes&sort=name")).text
        [told] = re.findall(r'<p class="wanted">(.*?)</p>', page, re.DOTALL)
        found = re.findall(r'href="([^"]+)" aria-label="No longer only ([^"]+)"', html.unescape(told))
        assert found == [
            ("/?stage=trial&decisions=yes&sort=name#pilots", "“pilot”"),
            ("/?words=pilot&decisions=yes&sort=name#pilots", "trial"),
            ("/?stage=trial&words=pilot&sort=name#pilots", "waits for a decision"),
        ]
        assert 'class="wanted"' not in (await browser.get("/?sort=name")).text


async def test_a_run_of_a_connectors_readings_is_one_row_of_the_timeline(here: Site) -> None:
    def tell(conn: Connection) -> None:
        for back in range(9, 0, -1):
            told = Activity(
                on=TODAY - back * DAY, source="api", actor="svc-metrics", kind="reading", text=f"value {back} h", counts=ActivityCounts.PROGRESS, value=Decimal(back)
            )  # fmt: skip
            record.append_activity(conn, OURS, "P01", told)
        record.append_entry(conn, OURS, "P01", entry(on=TODAY - 5 * DAY, text="a word between"), NOW, "slack")

    here.write(tell)
    async with signed_in(here) as browser:
        [told] = re.findall(
            r'<ol class="timeline">(.*?)</ol>', (await browser.get("/pilots/P01")).text, re.DOTALL
        )
    assert told.count("<li") == 3
    assert "<b>4 readings</b>" in told
    assert "16 Nov 2026: value 4 h … 19 Nov 2026: value 1 h" in told
    assert "<b>5 readings</b>" in told


async def test_a_pilot_is_told_from_its_story_to_its_evidence(here: Site) -> None:
    here.write(fill)
    async with signed_in(here) as browser:
        page = (await browser.get("/pilots/P01")).text
        for words in (
            "Whatever happened to it", "First response time", "<b>Wanted</b>", "<b>Number</b>", "<b>What happened</b>", "<b>Who decides</b>", "Nobody has asked yet",
            "Forecast for 18 Dec 2026", "baseline 10 h", "target 6 h by 18 Dec 2026", "6 readings as a table", "Dora Dent", "G3 passed",
            "code in a repository", "done by evidence", 'href="https://ci.example/7"', "Guardrail",
        ):  # fmt: skip
            assert words in page, words
        assert 'href="javascript' not in page
        assert page.count('role="img"') == 2  # one for wide windows, one for narrow ones
        without = (await browser.get("/pilots/P05")).text
        assert "No number is agreed, so there is nothing to draw" in without
        assert "nobody yet" in without


async def test_every_picture_says_what_it_shows(here: Site) -> None:
    here.write(fill)
    async with signed_in(here) as browser:
        for path in ("/", "/pilots/P01", "/survival"):
            page = (await browser.get(path)).text
            for picture in re.findall(r"<svg[^>]*>", page):
                assert 'aria-hidden="true"' in picture or re.search(
                    r'role="img" aria-label="[^"]{20,}"', picture
                )


async def test_survival_counts_each_quarter(here: Site) -> None:
    here.write(fill)
    here.write(lambda conn: add_pilot(conn, OURS, pilot("P06", started=TODAY, stage=Stage.IDEA)))
    async with signed_in(here) as browser:
        page = (await browser.get("/survival")).text
        assert "6 pilots began, 1 vanished" in page
        assert "5 started: 2 alive, 1 scaled, 1 retired with learning, 1 vanished" in page
        assert "1 started: 1 alive, 0 vanished" in page


def test_survival_is_counted_as_the_domain_counts_it(here: Site) -> None:
    here.write(fill)
    [told, counted] = here.write(
        lambda conn: [
            survival(transfer.everything(conn, OURS)),
            services_portfolio.survival(conn, _ours(conn)),
        ]
    )
    assert told == counted
    assert sum(one.pilots for one in told) == 5


async def test_hindsight_counts_those_that_have_ended_too(here: Site) -> None:
    """P08 spoke last 200 days before it was retired: seen long before, told with the days until its end."""
    ended_on = TODAY - 10 * DAY
    gone = pilot(
        "P08",
        name="Gone Quiet",
        stage=Stage.RETIRED,
        stage_since=ended_on,
        started=TODAY - 300 * DAY,
        cost_per_week=Decimal(70),
        cost_to_date=Decimal(100_000),
        end=End(state=Stage.RETIRED, learning="Ask earlier"),
    )

    def add(conn: Connection) -> None:
        add_pilot(conn, OURS, gone)
        said = [entry(on=TODAY - 290 * DAY), entry(Status.END, on=ended_on, text="retired")]
        record.append_entries(conn, OURS, {"P08": said}, at=NOW, surface="import")

    here.write(add)
    async with signed_in(here) as browser:
        page = (await browser.get("/hindsight")).text
    assert "Gone Quiet" in page
    assert f"No word; retired on {ended_on.day} Nov 2026" in page
    assert "before its end" in page


async def test_expired_evidence_is_open_again_and_says_why(here: Site) -> None:
    here.write(fill)

    def tick(conn: Connection) -> None:
        for code, back in (("I2", 31), ("I6", 30)):
            item = Item(code=code, state="done", on=TODAY - back * DAY, by="alice", evidence="run 7")
            record.set_item(conn, OURS, "P01", item)

    here.write(tick)
    async with signed_in(here) as browser:
        page = (await browser.get("/pilots/P01")).text
    on = TODAY - 31 * DAY
    assert f"open again: ticked on {on.day} {on:%b %Y}, it stands for 30 days" in page
    until = TODAY + 60 * DAY
    assert f"stands until {until.day} {until:%b %Y}" in page


async def test_hindsight_tells_the_day_and_the_money_since(here: Site) -> None:
    here.write(
        lambda conn: add_pilot(
            conn,
            OURS,
            pilot(
                "P07",
                owner=None,
                started=TODAY - 70 * DAY,
                cost_per_week=Decimal(700),
                cost_to_date=Decimal(100_000),
            ),
        )
    )
    looked(here)
    async with signed_in(here) as browser:
        page = (await browser.get("/hindsight")).text
        assert f"Seen on <b>{(TODAY - 70 * DAY).day} Sep 2026</b>" in page
        assert "<b>7,000 EUR</b>" in page


async def test_an_empty_registry_says_how_to_begin(here: Site) -> None:
    def empty(conn: Connection) -> None:
        conn.exec_driver_sql(f"DELETE FROM pilots WHERE workspace_id = '{OURS}'")

    here.write(empty)
    async with signed_in(here) as browser:
        for path in ("/", "/survival", "/hindsight", "/pilots.csv"):
            assert (await browser.get(path)).status_code == 200
        assert "No pilot is registered yet" in (await browser.get("/")).text


async def test_a_long_list_comes_in_pages(here: Site) -> None:
    def many(conn: Connection) -> None:
        for at in range(119):
            add_pilot(conn, OURS, pilot(f"X{at:03}", name=f"Pilot {at:03}"))

    here.write(many)
    seen: list[str] = []
    async with signed_in(here) as browser:
        for number in (1, 2, 3):
            page = (await browser.get(f"/?sort=name&page={number}")).text
            found = re.findall(r'<li class="pilot">.*?href="/pilots/([^"]+)"', page, re.DOTALL)
            assert len(found) == (50, 50, 20)[number - 1]
            assert f"Page {number} of 3" in page
            assert ('rel="next"' in page) == (number < 3)
            seen += found
    assert len(set(seen)) == 120


# A file that opens as text (S11).

FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", " =1", '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0",
    "'=1", '"=1', "＝1", "－1", "=1\n=2", ";=1", ",=1", "%0A=1", "|=1", "-2+3+cmd|' /C calc'!A0", "@", "=", "+", "-", "\ufeff=1", "\u200b=1",
)  # fmt: skip


async def test_no_cell_of_the_file_is_a_formula(here: Site) -> None:
    def hostile(conn: Connection) -> None:
        for at, text in enumerate(FORMULAS):
            people.add(conn, OURS, ALICE.__class__(id=f"h{at}", name=text), NOW)
            owner = people.get(conn, OURS, f"h{at}")
            one = pilot(
                f"F{at}", name=text, department=text, owner=owner, metric=metric(name=text, unit=text)
            )
            add_pilot(conn, OURS, one)

    here.write(hostile)
    async with signed_in(here) as browser:
        answer = await browser.get("/pilots.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="pilots-2026-11-20.csv"'
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert tuple(rows[0]) == COLUMNS
        assert len(rows) == len(FORMULAS) + 2
        for row in rows:
            assert len(row) == len(COLUMNS)
            for cell in row:
                assert (
                    not re.match(r"[\s\x00\ufeff\u200b]*[=+\-@＝＋－＠\t\r]", cell)
                    or cell.replace("-", "").replace(".", "").isdigit()
                ), cell


async def test_nobody_gets_a_file_of_a_foreign_workspace(here: Site) -> None:
    async with signed_in(here) as browser:
        assert SECRET not in (await browser.get("/pilots.csv")).text


async def test_numbers_beyond_all_measure_are_drawn(here: Site) -> None:
    def immense(conn: Connection) -> None:
        for at, value in enumerate(("1e400", "-1e400", "1e-400", "0")):
            wild = metric(baseline=Decimal(value), target=Decimal("1e300"), unit="x" * 200)
            add_pilot(
                conn,
                OURS,
                pilot(f"N{at}", metric=wild, cost_to_date=Decimal("1e30"), cost_per_week=Decimal("1e30")),
            )
            days = [
                Reading(on=TODAY - back * DAY, value=Decimal(value) * (back + 1))
                for back in range(90, 0, -15)
            ]
            record.append_readings(conn, OURS, {f"N{at}": days})

    here.write(immense)
    looked(here)
    async with signed_in(here) as browser:
        for path in ("/", *(f"/pilots/N{at}" for at in range(4)), "/hindsight", "/pilots.csv"):
            answer = await browser.get(path)
            assert answer.status_code == 200
            assert not re.search(r'="(?:nan|inf|-inf)"', answer.text)


def test_the_health_that_is_kept_is_what_a_look_sees(here: Site) -> None:
    here.write(fill)
    looked(here)

    def compare(conn: Connection) -> None:
        ours = workspaces.get(conn, OURS)
        assert ours is not None
        for one in seeing.see(conn, ours, TODAY):
            ids, _ = portfolio.find(conn, OURS, portfolio.Wanted(health=one.picture.health.value), limit=50)
            assert one.pilot.id in ids

    here.database.read_now(compare)


async def test_the_sample_reads_as_its_digest_does(here: Site) -> None:
    """With every ladder climbed by its due times: twelve decisions, 677,000 EUR spent, 13,650 EUR a week."""
    calendar, rules = SAMPLE_SETTINGS.calendar, Rules()

    def play(conn: Connection) -> None:
        conn.exec_driver_sql(f"DELETE FROM pilots WHERE workspace_id = '{OURS}'")
        cast = {
            one.id: one
            for made, its in SAMPLE
            for one in [*made.people, *(row.holder for row in its.entries if row.holder)]
        }
        people.add_many(
            conn, OURS, [one for one in cast.values() if one.id not in {two.id for two in CAST}], NOW
        )
        pilots.add_many(conn, OURS, [(made, origin()) for made, _ in SAMPLE], next_look_at=NOW)
        record.append_entries(conn, OURS, {made.id: its.entries for made, its in SAMPLE}, NOW, "import")
        record.append_readings(conn, OURS, {made.id: its.readings for made, its in SAMPLE})
        record.append_activities(conn, OURS, {made.id: its.activities for made, its in SAMPLE})
        found = workspaces.get(conn, OURS)
        assert found is not None
        set_up = found.settings.model_copy(
            update={"zone": calendar.zone, "holidays": tuple(sorted(calendar.holidays))}
        )
        workspaces.save_settings(conn, OURS, set_up)
        look.look(conn, NOW, limit=500)
        for made, its in SAMPLE:
            findings = {one.kind.value: one for one in examine(made, its, TODAY, calendar, rules).findings}
            for open_ in episodes.open_of(conn, OURS, [made.id]):
                rung = climbed(findings[open_.family], made, its, TODAY, calendar, rules)
                episodes.begin(conn, OURS, open_.id, TODAY, TODAY)
                episodes.climb(conn, OURS, open_.id, int(rung), None)

    here.write(play)
    async with signed_in(here) as browser:
        page = (await browser.get("/")).text
        assert "12 decisions wait" in page
        assert "<strong>677,000 EUR</strong> spent on them, <strong>13,650 EUR a week</strong>" in page
        assert "All 12 decisions" in page and "<b>0</b> vanished" in page
        assert page.count('<li class="decision">') == 6
        listed = (await browser.get("/?decisions=yes")).text
        assert listed.count('<li class="pilot">') == 12
        asked = (await browser.get("/pilots/P20")).text
        assert "3 people asked (Karl, Dorothea, Henrik)" in asked
