"""The page in a real browser: it does what hands do, and nobody else's page can."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Route, expect

from bot.playground import Playground, User
from bot.playground.page import Host
from bot.playground.page.routes import CONTENT_POLICY
from tests.playground.bolt_app import client
from tests.playground.browser import browser, needs_chromium, opened, post
from tests.playground.gallery import EVERYWHERE, button, mrkdwn, plain
from tests.playground.kit import slack_workspace
from tests.playground.scene import played

Json = dict[str, Any]

pytestmark = pytest.mark.asyncio(loop_scope="module")

__all__ = ["browser"]


# what a person does


@needs_chromium
async def test_a_press_counts_although_the_entry_is_drawn_anew_before_its_release(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena")
        page, petra = watched.page, slack.workspace.person("petra")
        entry = page.locator("#people button", has_text=petra.real_name)
        await entry.hover()
        await page.mouse.down()
        async with page.expect_response(lambda answer: "/page/conversation" in answer.url):
            post(slack, slack.workspace.im(petra), [{"type": "section", "text": plain("Good morning")}])
        await page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))")
        await page.mouse.up()
        await expect(page.locator("#me")).to_contain_text(petra.real_name)
        await page.close()


@needs_chromium
async def test_a_press_counts_although_the_page_is_just_asking_for_somebody_else(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena")
        page, petra = watched.page, slack.workspace.person("petra")
        pressed = asyncio.Event()

        async def late(route: Route) -> None:
            await pressed.wait()
            await route.continue_()

        await page.route("**/page/picture*", late)
        async with page.expect_request("**/page/picture*"):
            post(slack, slack.workspace.im(petra), [{"type": "section", "text": plain("Good morning")}])
        await page.locator("#people button", has_text=petra.real_name).click()
        await expect(page).to_have_url(re.compile(petra.id))
        pressed.set()
        await expect(page.locator("#me")).to_contain_text(petra.real_name)
        await page.close()


@needs_chromium
async def test_a_walk_through_the_page_without_a_reload(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena")
        page = watched.page
        await page.evaluate("window.__same = true")

        await page.fill("#composer textarea", "/pilot sing")
        await page.keyboard.press("Enter")
        only_you = page.locator(".message.ephemeral")
        await expect(only_you).to_contain_text("Only visible to you")
        await expect(only_you.locator("strong").nth(1)).to_have_text("sing")

        await page.get_by_role("button", name="Moving").click()
        changed = page.locator(".message", has_text="noted as moving")
        await expect(changed).to_contain_text("(edited)")
        await expect(page.locator("#log >> text=I would stop it")).to_have_count(0)

        await page.fill("#composer textarea", "/pilot new")
        await page.keyboard.press("Enter")
        modal = page.locator("#modal")
        await expect(modal).to_be_visible()
        await modal.get_by_label("Name").fill("Contract search")
        await modal.get_by_label("Outcome").fill("make it better")
        await modal.get_by_role("button", name="Save").click()
        await expect(modal.locator(".error")).to_have_text("Please complete this required field.")
        await modal.get_by_label("Sponsor").select_option(label="Petra Holm")
        await modal.get_by_role("button", name="Save").click()
        await expect(modal.locator(".error")).to_contain_text("This names no number")
        await expect(modal.get_by_label("Outcome")).to_be_focused()
        await expect(modal.get_by_label("Name")).to_have_value("Contract search")
        await modal.get_by_label("Outcome").fill("answers in 6.0 h instead of 8.5 h by 18 December")
        await modal.get_by_role("button", name="Save").click()
        await expect(modal).not_to_be_visible()
        await expect(page.locator("#log")).to_contain_text("Registered Contract search")

        await page.fill("#composer textarea", "6.2 <b> & moving")
        await page.keyboard.press("Enter")
        await expect(page.locator("#log")).to_contain_text("Read as: 6.2 <b> & moving. Right?")

        assert await page.evaluate("window.__same") is True
        watched.assert_quiet()
        await page.close()


@needs_chromium
async def test_each_person_has_their_own_direct_message_and_unread_marks_arrive_live(
    browser: Browser,
) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena")
        page = watched.page
        await expect(page.locator("#log")).to_contain_text("Support Reply Assistant")
        await page.locator("#people >> text=Tom Okafor").click()
        await expect(page.locator("#log")).to_contain_text("Nothing here yet.")

        await client(slack).chat_postMessage(channel=slack.workspace.person("petra").id, text="For Petra")
        petra = page.locator("#people button", has_text="Petra Holm")
        await expect(petra.locator(".count")).to_contain_text("2")
        await petra.click()
        await expect(page.locator("#log")).to_contain_text("For Petra")
        await expect(page.locator(".day.new")).to_have_count(1)
        await expect(petra.locator(".count")).to_contain_text("1")
        await page.locator("#channels >> text=leadership").click()
        await expect(petra.locator(".count")).to_have_count(0)
        watched.assert_quiet()
        await page.close()


@needs_chromium
async def test_threads_open_beside_and_answers_go_into_them(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "maria", "#leadership")
        page = watched.page
        await page.click("text=2 replies")
        await expect(page.locator("#thread-log .message")).to_have_count(3)
        await page.fill("#thread-composer textarea", "Thank you")
        await page.keyboard.press("Enter")
        await expect(page.locator("#thread-log .message")).to_have_count(4)
        await expect(page.locator("#log >> text=3 replies")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("#thread")).not_to_be_visible()
        await page.close()


@needs_chromium
async def test_a_confirmation_is_asked_and_no_means_no(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena")
        page, before = watched.page, len(slack.app.calls)
        await page.click("text=I would stop it")
        await expect(page.locator("#confirm")).to_contain_text("This ends it.")
        await page.click("#confirm >> text=Keep it")
        await expect(page.locator("#confirm")).not_to_be_visible()
        assert len(slack.app.calls) == before and not slack.workspace.notices
        await page.click("text=I would stop it")
        await page.click("#confirm >> text=End it")
        await expect(page.locator(".notice")).to_contain_text("This app responded with Status Code 404.")
        await page.close()


@needs_chromium
async def test_an_overflow_menu_works_by_keyboard(browser: Browser) -> None:
    async with slack_workspace(people=["anna"], expect_all=False, patience=0.0) as slack:
        slack.app_url = "http://127.0.0.1:9/"
        post(slack, slack.workspace.im("anna"), [EVERYWHERE["actions"]])
        watched = await opened(browser, slack, "anna")
        page = watched.page
        more = page.get_by_role("button", name="More")
        await more.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem", name="Snooze")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="Hand over")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(more).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator(".notice")).to_contain_text("could not be reached")
        await page.close()


@needs_chromium
async def test_the_clock_moves_on_and_what_happens_is_seen(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena")
        page = watched.page
        await expect(page.locator("#now")).to_have_text("Mon, 30 Nov 2026, 09:30")
        await page.click("text=+1 day")
        await expect(page.locator("#now")).to_have_text("Tue, 1 Dec 2026, 09:30")
        await page.click("text=Until something happens")
        await expect(page.locator("#now")).to_have_text("Mon, 7 Dec 2026, 09:30")
        await expect(page.locator("#log .day", has_text="Monday, 7 December 2026")).to_be_visible()
        await page.click("#why-open")
        await expect(page.locator("#reasons li").first).to_contain_text("SILENT amber")
        await page.click("text=+1 week")
        await expect(page.locator("#reasons li")).to_have_count(4)
        watched.assert_quiet()
        await page.close()


@needs_chromium
async def test_a_file_is_tried_then_imported(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "jo")
        page = watched.page
        await page.click("#try-open")
        await expect(page.locator("#try-import")).to_be_disabled()
        await page.set_input_files(
            "#try-file", {"name": "p.csv", "mimeType": "text/csv", "buffer": b"name\nOne\nTwo\n"}
        )
        await page.click("#try-dry")
        await expect(page.locator("#try-result")).to_contain_text("Dry run: 2 pilots read")
        await page.click("#try-import")
        await expect(page.locator("#try-result")).to_contain_text("Imported.")
        await page.close()


@needs_chromium
async def test_without_a_host_its_controls_are_hidden_and_a_failing_app_is_shown(browser: Browser) -> None:
    async with slack_workspace(people=["anna"], expect_all=False, patience=0.0) as slack:
        slack.app_url = "http://127.0.0.1:9/"
        watched = await opened(browser, slack, "anna")
        page = watched.page
        for control in ("#clock-controls", "#why-open", "#try-open"):
            await expect(page.locator(control)).not_to_be_visible()
        await page.fill("#composer textarea", "/pilot help")
        await page.keyboard.press("Enter")
        await expect(page.locator(".notice")).to_contain_text('failed with the error "dispatch_failed"')
        await slack.hands.deactivate("anna")
        await expect(page.locator("#composer textarea")).to_be_disabled()
        await page.close()


@needs_chromium
async def test_the_page_works_on_a_phone(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena", width=390)
        page = watched.page
        await expect(page.locator("#people")).not_to_be_visible()
        await page.click("#drawer")
        await page.locator("#people >> text=Maria Sandoval").click()
        await page.locator("#channels >> text=leadership").click()
        await expect(page.locator("#people")).not_to_be_visible()
        await expect(page.locator("#log")).to_contain_text("4 decisions wait")
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= 390
        await page.click("#why-open")
        await expect(page.locator("#why")).to_be_visible()
        await page.click("[data-close=why]")
        await expect(page.locator("#why")).not_to_be_visible()
        await page.close()


@needs_chromium
async def test_among_many_people_one_is_found_by_typing(browser: Browser) -> None:
    async with slack_workspace(people=[f"person{n}" for n in range(30)]) as slack:
        watched = await opened(browser, slack, "person3")
        page = watched.page
        await expect(page.locator("#me")).to_contain_text("You are Person3")
        await page.get_by_label("Find a person").fill("person27")
        await expect(page.locator("#people li")).to_have_count(1)
        await page.locator("#people button").click()
        await expect(page.locator("#me")).to_contain_text("You are Person27")
        watched.assert_quiet()
        await page.close()


@needs_chromium
async def test_a_field_is_not_lost_while_messages_arrive(browser: Browser) -> None:
    async with played() as slack:
        watched = await opened(browser, slack, "lena", "home")
        page = watched.page
        await page.click("#home >> text=New pilot")
        await page.locator("#modal").get_by_label("Name").fill("Half-typed")
        await client(slack).chat_postMessage(channel=slack.workspace.person("lena").id, text="meanwhile")
        await page.wait_for_timeout(300)
        await expect(page.locator("#modal").get_by_label("Name")).to_have_value("Half-typed")
        await page.keyboard.press("Escape")
        await expect(page.locator("#modal")).not_to_be_visible()
        assert slack.workspace.top_view("lena") is None
        await page.close()


# over plain HTTP


async def _get(slack: Playground, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        return await http.get(f"{slack.url}{path}", headers=headers)


async def test_the_shell_carries_the_policy_and_nothing_inline() -> None:
    async with slack_workspace() as slack:
        shell = await _get(slack, "/")
        assert shell.headers["content-security-policy"] == CONTENT_POLICY
        assert shell.headers["x-content-type-options"] == "nosniff"
        assert shell.headers["cache-control"] == "no-store"
        for inline in ("<script>", "<style>", "style=", "onclick=", "http://", "https://"):
            assert inline not in shell.text
        assert "default-src 'none'; script-src 'self'" in CONTENT_POLICY


POSTS = ["say", "act", "submit", "close", "home", "read", "dismiss", "advance", "upload"]


@pytest.mark.parametrize("name", POSTS)
async def test_another_site_cannot_act_here(name: str) -> None:
    async with slack_workspace() as slack, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        url = f"{slack.url}/page/{name}"
        elsewhere = await http.post(url, json={}, headers={"Origin": "https://evil.example"})
        rebound = await http.post(url, json={}, headers={"Host": f"evil.example:{slack.port}"})
        assert (elsewhere.status_code, rebound.status_code) == (403, 403)
        if name != "upload":
            form = await http.post(url, data={"person": "x"})
            assert form.status_code in {404, 415}


async def test_a_file_to_start_from_is_offered_where_there_is_one(tmp_path: Path) -> None:
    async with slack_workspace() as slack:
        slack.page.sample_csv = str(tmp_path / "none.csv")
        assert (await _get(slack, "/page/sample.csv")).status_code == 404
        (tmp_path / "start.csv").write_text("name\nOne\n")
        slack.page.sample_csv = str(tmp_path / "start.csv")
        assert (await _get(slack, "/page/sample.csv")).text == "name\nOne\n"
        assert "/page/sample.csv" in (await _get(slack, "/")).text


async def _post(slack: Playground, name: str, body: Json) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        return await http.post(f"{slack.url}/page/{name}", json=body, headers={"Origin": slack.url})


async def test_nobody_touches_anothers_things() -> None:
    async with slack_workspace(people=["anna", "ben"], expect_all=False) as slack:
        anna, ben = (slack.workspace.person(name) for name in ("anna", "ben"))
        dm = slack.workspace.im(anna)
        message = post(slack, dm, [{"type": "actions", "block_id": "b", "elements": [button("Go", "go")]}])
        view = slack.workspace.add_view(
            anna.id,
            {"type": "modal", "title": plain("x"), "blocks": [{"type": "section", "text": mrkdwn("x")}]},
        )
        assert (await _get(slack, f"/page/conversation?person={ben.id}&channel={dm.id}")).status_code == 404
        assert (await _post(slack, "submit", {"person": ben.id, "view": view.id})).status_code == 404
        gone = {"person": anna.id, "channel": dm.id, "ts": message.ts, "block_id": "b", "action_id": "went"}
        assert (await _post(slack, "act", gone)).status_code == 409
        assert (await _post(slack, "act", {"person": "U0NOBODY"})).status_code == 404
        assert (
            await _post(slack, "say", {"person": anna.id, "channel": dm.id, "text": " "})
        ).status_code == 400
        await slack.hands.deactivate("ben")
        said = await _post(slack, "say", {"person": ben.id, "channel": dm.id, "text": "hello"})
        assert (said.status_code, said.text) == (409, "Ben is deactivated and cannot do anything")


async def test_hosts_callbacks_are_asked_only_where_they_exist() -> None:
    async with slack_workspace(page=Host()) as slack:
        assert (await _post(slack, "advance", {"days": 1})).status_code == 404
        assert (await _get(slack, "/page/explain")).status_code == 404
        moved: list[float] = []

        async def on_advance(delta: Any) -> None:
            moved.append(delta.days)

        slack.page.on_advance = on_advance
        assert (await _post(slack, "advance", {"days": 7})).status_code == 200
        assert (await _post(slack, "advance", {"days": "soon"})).status_code == 400
        until = await _post(slack, "advance", {"until": True})
        assert until.json() == {"days": 120, "nothing": True}
        assert moved == [7, *[1] * 120]


async def test_a_conversation_keeps_its_newest_messages() -> None:
    async with slack_workspace(people=["anna"], expect_all=False) as slack:
        anna: User = slack.workspace.person("anna")
        for n in range(310):
            post(slack, slack.workspace.im(anna), [], str(n))
        talk = (
            await _get(slack, f"/page/conversation?person={anna.id}&channel={slack.workspace.im(anna).id}")
        ).json()
        assert (talk["left_out"], talk["messages"][0]["text"], talk["messages"][-1]["text"]) == (
            10,
            "10",
            "309",
        )
