"""Home, settings, the shortcut, the quiet start, lost channels: each as the people concerned see it, through the real door."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

from bot.domain.people import Person
from bot.playground import Message
from bot.playground.app import DEFAULT_SCOPES
from storage import audit, people, pilots, workspaces
from storage.database import Connection
from storage.workspaces import Workspace
from tests.journeys.kit import House, house

LONG = "The first fifty invoices ran through without a single correction, Danish ones too."


def settings_of(home: House) -> Workspace:
    found = home.app.database.read_now(lambda conn: workspaces.get(conn, home.workspace_id))
    assert found is not None
    return found


def quietly(home: House) -> None:
    until = home.clock() + timedelta(hours=48)
    home.app.database.write_now(lambda conn: workspaces.set_quiet_until(conn, home.workspace_id, until))


async def page(home: House, who: str) -> str:
    """What stands on somebody's Home tab once they opened it."""
    await home.hands.open_home(who)
    user = home.slack.workspace.person(who).id
    assert await home.slack.workspace.until(lambda: user in home.slack.workspace.homes, timeout=60.0)
    return home.hands.read(home.slack.workspace.homes[user])


async def until_home_says(home: House, who: str, piece: str) -> str:
    user, shown = home.slack.workspace.person(who).id, home.slack.workspace.homes

    def says() -> bool:
        return user in shown and piece in home.hands.read(shown[user])

    assert await home.slack.workspace.until(says, timeout=60.0), home.hands.read(shown[user])
    return home.hands.read(shown[user])


async def section(home: House, label: str) -> None:
    """The admin opens the settings and goes on to one of their parts."""
    await home.hands.command("ada", "/pilot settings")
    await home.form("ada")
    view = home.slack.workspace.top_view("ada")
    assert view is not None
    before = view.hash
    await home.hands.press("ada", view, label)

    def there() -> bool:
        now = home.slack.workspace.top_view("ada")
        return now is not None and now.hash != before

    assert await home.slack.workspace.until(there, timeout=60.0)


# Home


async def test_home_is_useful_to_whoever_opens_it(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        empty = await page(home, "charlie")
        assert "No pilot is registered yet" in empty
        assert "Register a pilot" in empty
        await home.register()
        assert "no part in any of the 1 pilot" in await page(home, "charlie")
        assert "Invoice Reader" in await page(home, "alice")
        lead = await page(home, "lea")
        assert "The portfolio" in lead
        assert "Settings" not in lead
        admin = await page(home, "ada")
        assert "The portfolio" in admin
        assert "Settings" in admin
        assert "The portfolio" not in await page(home, "alice")


async def test_home_says_the_same_as_a_message(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        shown = await page(home, "alice")
        typed = await home.say("alice", "/pilot home")
        for piece in ("Nothing waits for you", "Invoice Reader", "Pilotlight writes to you"):
            assert piece in shown
            assert piece in typed


async def test_an_open_home_changes_with_what_its_owner_does(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await page(home, "alice")
        await home.register()
        assert "Invoice Reader" in await until_home_says(home, "alice", "Invoice Reader")


async def test_what_wants_somebody_stands_first(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        await home.at(date(2027, 3, 17))
        home.slack.ledger.take_all("#leadership")
        home.slack.ledger.take_all("alice")
        shown = await page(home, "alice")
        assert "1 pilot waits for a word from you" in shown.split("\n")[0]


async def test_a_person_picks_the_hour_but_cannot_mute(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        await page(home, "alice")
        await home.hands.press("alice", "home", "Change")
        await home.form("alice")
        view = home.slack.workspace.top_view("alice")
        assert view is not None
        assert "cannot be muted" in home.hands.read(view)
        await home.submit("alice", not_before="14:00")
        await home.modal("alice", "from 14:00 on")
        await until_home_says(home, "alice", "between 14:00 and 16:30")
        await home.at(date(2027, 3, 16), time(13, 30))
        home.slack.ledger.take_all("#leadership")
        home.slack.ledger.expect_nothing()
        await home.at(date(2027, 3, 16), time(14, 5))
        home.take("alice", "Invoice Reader")
        assert (await home.tick()).nudges == 0


# The shortcut and the mention


def activities(home: House) -> list[tuple[str, str]]:
    return [(one.kind, one.counts.value) for one in home.pilot()[1].activities]


async def _posted(home: House, who: str, text: str) -> Message:
    await home.hands.type(who, "#leadership", text)
    return home.slack.workspace.seen_by(home.slack.workspace.person(who), "#leadership")[-1]


async def test_a_message_is_logged_by_the_shortcut_and_counts_as_a_pulse(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        home.slack.workspace.channel("#leadership").members.append(home.slack.workspace.person("alice").id)
        posted = await _posted(home, "alice", LONG)
        await home.hands.shortcut("alice", posted, "log_as_check_in")
        await home.form("alice")
        view = home.slack.workspace.top_view("alice")
        assert view is not None
        assert LONG in str(view.payload)
        seen = await home.submit("alice")
        text = seen.text + await home.modal("alice", "sign of life")
        assert "Invoice Reader" in text
        assert activities(home) == [("message", "pulse")]


async def test_only_the_team_logs_and_strangers_words_count_for_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        for who in ("alice", "charlie"):
            home.slack.workspace.channel("#leadership").members.append(home.slack.workspace.person(who).id)
        posted = await _posted(home, "charlie", LONG)
        await home.hands.shortcut("charlie", posted, "log_as_check_in")
        assert "You own or back up no running pilot" in await home.modal("charlie", "own or back up")
        await home.hands.shortcut("alice", posted, "log_as_check_in")
        await home.submit("alice", text=LONG)
        await home.modal("alice", "does not count as a sign of life")
        assert activities(home) == [("message", "no")]


async def test_a_mention_in_a_channel_counts_likewise(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        home.slack.workspace.channel("#leadership").members.append(home.slack.workspace.person("alice").id)
        bot = home.slack.workspace.bot.id
        seen = await home.hands.type("alice", "#leadership", f"<@{bot}> {LONG}")
        assert "sign of life" in seen.text
        assert "Invoice Reader" in seen.text
        assert activities(home) == [("message", "pulse")]


async def test_a_mention_that_answers_what_is_asked_is_an_answer(tmp_path: Path) -> None:
    async with house(tmp_path, expect_all=False) as home:
        await home.register()
        home.slack.workspace.channel("#leadership").members.append(home.slack.workspace.person("alice").id)
        await home.at(date(2027, 3, 15))
        words = f"<@{home.slack.workspace.bot.id}> stuck, the second mailbox still waits for its licence"
        await home.hands.type("alice", "#leadership", words)
        assert home.pilot()[1].entries[-1].status.value == "stuck"
        assert activities(home) == []


# The quiet start


async def test_for_two_days_only_the_admin_sees_previews_and_presses_go_live(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        quietly(home)
        await home.hands.command("alice", "/pilot new")
        await home.submit(
            "alice",
            name="Invoice Reader",
            outcome="Reduce invoice handling time from 10 to 6 minutes by 29 October 2027",
            sponsor="sam",
        )
        await home.tick()
        preview = home.take("ada", "Quiet start")
        shown = home.read(preview)
        assert "To Sam Sponsor" in shown.replace("*", "")
        assert "Invoice Reader" in shown
        await home.tick()
        home.slack.ledger.expect_nothing()  # the same message, not one for each

        await home.hands.command("bob", "/pilot new")
        await home.submit(
            "bob",
            name="Claims Reader",
            outcome="Halve claims backlog from 40 to 20 by 29 October 2027",
            sponsor="lea",
        )
        await home.tick()
        assert await home.slack.workspace.until(
            lambda: "Lea Leader" in home.read(home.hands.last("ada")), timeout=60.0
        )
        home.slack.ledger.expect_nothing()

        await home.hands.command("charlie", "/pilot settings")
        assert "Only the admin" in await home.modal("charlie", "admin")
        await home.hands.press("ada", home.hands.last("ada"), "Go live")
        assert await home.slack.workspace.until(
            lambda: "is live" in home.read(home.hands.last("ada")), timeout=60.0
        )
        await home.tick()
        home.take("sam", "Invoice Reader")
        home.take("lea", "Claims Reader")
        assert settings_of(home).quiet_until is None


async def test_two_more_days_and_then_it_goes_live_by_itself_and_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        quietly(home)
        await home.hands.command("alice", "/pilot new")
        await home.submit(
            "alice",
            name="Invoice Reader",
            outcome="Reduce invoice handling time from 10 to 6 minutes by 29 October 2027",
            sponsor="sam",
        )
        await home.tick()
        preview = home.take("ada", "Quiet start")
        await home.at(date(2027, 3, 2))
        await home.hands.press("ada", preview, "Keep quiet for two more days")
        assert await home.slack.workspace.until(
            lambda: "4 Mar 2027" in home.read(home.hands.last("ada")), timeout=60.0
        )
        await home.at(date(2027, 3, 4), time(10, 0))
        home.slack.ledger.expect_nothing()
        await home.at(date(2027, 3, 4), time(11, 0))
        home.take("ada", "is live")
        home.take("sam", "Invoice Reader")


# Settings


async def test_every_part_of_the_settings_is_changed_by_form_recorded_and_obeyed(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        await section(home, "Rhythm and thresholds")
        seen = await home.submit("ada", stage_framed="3, 4, 25, 15")
        assert "red begins at 5 or later" in seen.errors["stage_framed"]
        await home.submit("ada", stage_framed="3, 6, 25, 15", gap="25, 40")
        await home.modal("ada", "Saved")
        await home.hands.close("ada")
        await section(home, "Ladder")
        await home.submit("ada", waits="1, 2, 3")
        await home.modal("ada", "Saved")
        await home.hands.close("ada")
        await section(home, "Hours and dates")
        seen = await home.submit("ada", opens="9:00", closes="8:00")
        assert "later than 09:00" in seen.errors["closes"]
        seen = await home.submit("ada", closes="17:00", keep_messages_days="7")
        assert "from 30 to 3650" in seen.errors["keep_messages_days"]
        await home.submit(
            "ada", opens="9:00", closes="17:00", date_style="de", currency="chf", keep_messages_days="90"
        )
        await home.modal("ada", "Saved")
        await home.hands.close("ada")
        await section(home, "Leaders")
        lea, sam = (home.slack.workspace.person(one).id for one in ("lea", "sam"))
        await home.hands.submit("ada", None, {"leaders": [lea, sam], "steward": "bob"})
        await home.modal("ada", "Sam Sponsor")

        workspace = settings_of(home)
        rules = workspace.settings.rules()
        assert (rules.framed.cadence, rules.framed.red, rules.gap_amber, rules.waits) == (3, 6, 25, (1, 2, 3))
        assert dict(workspace.settings.thresholds) == {
            "framed": {"cadence": 3, "red": 6},
            "gap_amber": 25,
            "gap_red": 40,
            "waits": [1, 2, 3],
        }
        assert workspace.settings.currency == "CHF"
        assert workspace.settings.keep_messages_days == 90
        recorded = home.app.database.read_now(lambda conn: audit.recent(conn, home.workspace_id, 20))
        changed = [one.details for one in recorded if one.what == "settings changed"]
        assert any("EUR → CHF" in str(one) for one in changed)
        assert any("framed" in str(one) for one in changed)
        leaders = home.app.database.read_now(lambda conn: people.leaders(conn, home.workspace_id))
        assert {one.name for one in leaders} == {"Lea Leader", "Sam Sponsor"}
        # Obeyed: a framed pilot is asked on the third silent working day, and dates are in German.
        await home.at(date(2027, 3, 4))
        asked = home.take("alice", "Invoice Reader")
        assert "Okt. 2027" in home.read(asked)


async def test_the_digests_channel_is_picked_announced_and_mended_with_one_button(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        slack = home.slack.workspace
        other = slack.add_channel("board", members=["ada"], private=True, with_bot=False)
        await home.hands.command("ada", "/pilot settings")
        await home.submit("ada", digest_channel=other.id)
        await home.modal("ada", "in its channel")
        await home.tick()
        await home.tick()
        told = home.take("ada", "cannot be written to")
        assert "/invite @Pilotlight" in home.read(told)
        await home.tick()
        home.slack.ledger.expect_nothing()  # once a day and cause
        other.members.append(slack.bot.id)
        await home.register()
        await home.at(date(2027, 3, 8), time(9, 0))
        await home.hands.archive(other)
        await home.tick()
        home.take("ada", "archived")
        await home.at(date(2027, 3, 8), time(10, 5))
        await home.tick()
        assert home.take("ada", "pilot")  # the digest itself, in place of the channel
        await home.hands.press("ada", told, "Choose another channel")
        await home.submit("ada", digest_channel=slack.channel("#leadership").id)
        await home.modal("ada", "Saved")
        await home.tick()
        home.take("#leadership", "Ada Admin chose this channel")


async def test_imported_people_are_matched_with_a_picker_each(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()

        def imported(conn: Connection) -> None:
            ghost = Person(id="carla.ghost", handle="carla.ghost", name="Carla Ghost")
            people.add(conn, home.workspace_id, ghost, home.clock())
            [pilot_id] = pilots.named(conn, home.workspace_id, "Invoice Reader")
            [pilot] = pilots.get_many(conn, home.workspace_id, [pilot_id])
            pilots.save(conn, home.workspace_id, replace(pilot, run_owner=ghost))

        home.app.database.write_now(imported)
        assert "named in pilots have no account" in (await page(home, "ada"))
        await section(home, "People")
        await home.submit("ada", person_1="charlie")
        await home.modal("ada", "Matched")
        pilot, _ = home.pilot()
        assert pilot.run_owner is not None
        assert pilot.run_owner.addresses[0].user == home.slack.workspace.person("charlie").id
        assert "Invoice Reader" in await home.say("charlie", "/pilot list mine")


# What Slack tells


async def test_a_deactivated_owner_is_believed_only_after_asking(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        alice = home.slack.workspace.person("alice")
        event = {"type": "user_change", "user": {"id": alice.id, "name": "alice", "deleted": True}}
        await home.slack.deliveries.event(event)
        assert home.pilot()[0].owner.left_on is None  # users.info knows better than a late event
        await home.hands.deactivate("alice")
        assert home.pilot()[0].owner.left_on is not None
        await home.at(date(2027, 3, 2))
        assert "Invoice Reader" in home.read(home.take("bob", "Invoice Reader"))


async def test_a_newcomer_whom_an_import_named_can_be_asked_and_nobody_else_becomes_known(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        await home.register()

        def named(conn: Connection) -> None:
            mara = Person(id="mara", handle="mara.lindqvist", name="Mara Lindqvist")
            people.add(conn, home.workspace_id, mara, home.clock())
            [pilot_id] = pilots.named(conn, home.workspace_id, "Invoice Reader")
            pilot = pilots.load(conn, home.workspace_id, [pilot_id])[pilot_id][0]
            pilots.save(conn, home.workspace_id, replace(pilot, owner=mara))

        home.app.database.write_now(named)
        before = len(home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id)))
        await home.hands.join_team("mara.lindqvist", real_name="Mara Lindqvist", tz="Europe/Helsinki")
        await home.hands.join_team("nobody.named", real_name="Nora Newcomer")
        known = home.app.database.read_now(lambda conn: people.all_of(conn, home.workspace_id))
        assert len(known) == before
        mara = known["mara"]
        assert mara.zone == "Europe/Helsinki"
        assert [one.user for one in mara.addresses] == [home.slack.workspace.person("mara.lindqvist").id]
        await home.at(date(2027, 3, 16))
        assert "Invoice Reader" in home.read(home.take("mara.lindqvist", "Invoice Reader"))
        home.slack.ledger.take_all("#leadership")


async def test_a_colleague_who_becomes_a_guest_is_noted(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.register()
        await home.hands.change("bob", is_restricted=True)
        assert home.pilot()[0].backup.guest


async def test_uninstalled_and_revoked_in_either_order_stops_every_send_and_a_return_resumes(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        await home.register()
        team = home.slack.workspace.team_id
        for order in (("tokens_revoked", "app_uninstalled"), ("app_uninstalled", "tokens_revoked")):
            for kind in order:
                tokens = (
                    {"tokens": {"bot": [home.slack.workspace.bot.id]}} if kind == "tokens_revoked" else {}
                )
                delivered = await home.slack.deliveries.event({"type": kind, **tokens})
                assert delivered is not None
                assert delivered.attempts[-1].status == 200
            gone = home.app.database.read_now(
                lambda conn: [
                    one for one in workspaces.installations(conn, home.workspace_id) if one.removed_at
                ]
            )
            assert [one.external_id for one in gone] == [team]
            await home.app.introduce()
        assert "Invoice Reader" in await home.say("alice", "/pilot list mine")


async def test_a_flood_of_events_is_told_to_the_admin_once_a_day(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        for _ in range(3):
            assert (await home.slack.deliveries.app_rate_limited()).status == 200
            home.clock.advance(minutes=1)
        await home.tick()
        home.take("ada", "kept messages and presses")


async def test_whoever_floods_us_is_told_politely_and_nobody_else_notices(tmp_path: Path) -> None:
    async with house(tmp_path, pace=5) as home:
        said = [await home.say("charlie", "/pilot help") for _ in range(7)]
        assert all("What you can type" in one for one in said[:5])
        assert all("Please wait a moment" in one for one in said[5:])
        assert "What you can type" in await home.say("alice", "/pilot help")


async def test_a_link_to_our_own_page_gets_a_plain_card_and_no_other_link_does(tmp_path: Path) -> None:
    ours = "https://pilots.acme.example/pilots/P01?token=secret"
    others = "https://pilots.acme.example.evil.test/x"
    async with house(tmp_path, public_url="https://pilots.acme.example") as home:
        scopes = {*DEFAULT_SCOPES, "links:read", "links:write"}
        for installation in home.slack.app.installations.values():
            installation.scopes = scopes
        posted = await _posted(home, "lea", f"Look: {ours} and {others}")
        event = {
            "type": "link_shared",
            "user": posted.user,
            "channel": posted.channel,
            "message_ts": posted.ts,
            "links": [{"url": url, "domain": "pilots.acme.example"} for url in (ours, others)],
        }
        await home.slack.deliveries.event(event)
        assert await home.slack.workspace.until(lambda: bool(posted.unfurls), timeout=60.0)
        assert list(posted.unfurls) == [ours]
        assert "Invoice" not in str(posted.unfurls)
        assert "personal link" in str(posted.unfurls)
