"""The page in a real browser: it draws every block, runs nobody's script, and does what hands do."""

import json
import shutil
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot.playground import Channel, Playground, User, Workspace
from bot.playground.blocks import with_ids
from bot.playground.page import Host
from bot.playground.page.routes import CONTENT_POLICY
from tests.playground.bolt_app import client
from tests.playground.gallery import EVERYWHERE, IN_MESSAGES, IN_MODALS, button, mrkdwn, plain
from tests.playground.hostile import HOSTILE
from tests.playground.kit import slack_workspace
from tests.playground.scene import played

Json = dict[str, Any]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: without the background-networking flags Chromium's own errands fill the log of a closed network
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.asyncio(loop_scope="module")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


class Watched:
    """A page and everything it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, url: str) -> None:
        if urlsplit(url).hostname not in {"127.0.0.1", None}:
            self.strangers.append(url)

    def assert_quiet(self) -> None:
        assert self.complaints == [] and self.strangers == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        await running.close()


async def opened(
    browser: Browser, slack: Playground, person: str, where: str = "", *, width: int = 1280, **options: Any
) -> Watched:
    watched = Watched(await browser.new_page(viewport={"width": width, "height": 800}, **options))
    await watched.page.add_init_script(
        "window.__pwned = 0; window.__violations = [];"
        "addEventListener('securitypolicyviolation', (event) => window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));"
    )
    place = slack.workspace.channel(where).id if where.startswith("#") else where
    await watched.page.goto(f"{slack.url}/#{slack.workspace.person(person).id}/{place}")
    await watched.page.wait_for_selector("body[data-ready]")
    return watched


def post(slack: Playground, channel: Channel, blocks: list[Json], text: str = "x") -> Any:
    """As chat.postMessage would have it, whatever the limits say."""
    bot = slack.workspace.bot.id
    ready = with_ids(blocks, lambda: slack.workspace.new_id("b"))
    return slack.workspace.add_message(
        channel, user=bot, bot_id=slack.workspace.bot_id, text=text, blocks=ready
    )


# every block

# fixture → what must stand in its message
DRAWN: dict[str, tuple[str, str]] = {
    "header": ("[role=heading]", "4 decisions wait"),
    "header level": (".level-3", "Smaller"),
    "section": ("strong", "Contract search"),
    "section plain": (".section .text", "*not bold*"),
    "section fields": (".fields .field-text >> nth=1", "Petra"),
    "section button": (".accessory button", "Look"),
    "section image": (".accessory [role=img]", "a picture"),
    "section overflow": (".accessory button[aria-haspopup=menu]", "⋯"),
    "divider": ("hr", ""),
    "context": (".context em", "trial"),
    "actions": (".actions button.primary", "Moving"),
    "image": ("figure [role=img]", "a chart of days"),
    "rich_text": (".rich", "bold"),
    "video": (".card a", "How it works"),
    "table": ("table td >> nth=0", "Contract search"),
    "data_table": ("table caption", "Waiting for a decision"),
    **{f"chart {kind}": ("figure.chart svg[role=img]", "") for kind in ("line", "bar", "area", "pie")},
    "markdown": (".markdown .title", "Title"),
    "card": (".card .card-title", "Contract search"),
    "carousel": (".carousel .card >> nth=1", "Another"),
    "container": ("details.container", "inside"),
    "context_actions": (".feedback button >> nth=0", "Good"),
    "plan": (".plan .task", "Read the sheet"),
    "task_card": (".task", "24 rows"),
    **{
        f"{place} {kind}": (f"{selector}", "")
        for place in ("section", "input")
        for kind, selector in {
            "static_select": "select", "static_select groups": "optgroup >> nth=1", "external_select": "input[type=text]", "users_select": "select",
            "conversations_select": "select", "channels_select": "select", "multi_static_select": "details.multi summary",
            "multi_external_select": "input[type=text]", "multi_users_select": "details.multi summary",
            "multi_conversations_select": "details.multi summary", "multi_channels_select": "details.multi summary",
            "datepicker": "input[type=date]", "timepicker": "input[type=time]", "radio_buttons": "input[type=radio] >> nth=0",
            "checkboxes": "input[type=checkbox] >> nth=0",
        }.items()
    },
    "input plain_text_input": ("input[type=text]", ""),
    "input plain_text_input multiline": ("textarea", ""),
    "input email_text_input": ("input[type=email]", ""),
    "input url_text_input": ("input[type=url]", ""),
    "input number_input": ("input[inputmode=decimal]", ""),
    "input rich_text_input": ("textarea", ""),
    "input datetimepicker": ("input[type=datetime-local]", ""),
    **{f"alert {level}": (f".alert.{level}", f"An {level} alert") for level in ("default", "info", "warning", "error", "success")},
}  # fmt: skip


async def test_the_table_of_drawings_covers_every_fixture() -> None:
    assert set(DRAWN) == {*EVERYWHERE, *IN_MESSAGES, *IN_MODALS}


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
async def test_every_block_is_drawn_in_a_message(browser: Browser, width: int) -> None:
    async with slack_workspace(people=["anna"], channels={"gallery": ["anna"]}, expect_all=False) as slack:
        fixtures = {**EVERYWHERE, **IN_MESSAGES}
        gallery = slack.workspace.channel("#gallery")
        sent = {name: post(slack, gallery, [block]).ts for name, block in fixtures.items()}
        watched = await opened(browser, slack, "anna", "#gallery", width=width)
        for name, ts in sent.items():
            selector, words = DRAWN[name]
            drawn = watched.page.locator(f"[data-ts='{ts}'] .content").locator(selector)
            await expect(drawn, name).to_be_visible() if "optgroup" not in selector else await expect(
                drawn
            ).to_have_count(1)
            if words:
                await expect(drawn, name).to_contain_text(words)
        assert await watched.page.locator(".content .unknown").count() == 0
        wide = await watched.page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= width, "nothing scrolls sideways"
        watched.assert_quiet()
        await watched.page.close()


@needs_chromium
async def test_every_block_is_drawn_in_a_modal_and_at_home(browser: Browser) -> None:
    async with slack_workspace(people=["anna"], channels={"gallery": ["anna"]}, expect_all=False) as slack:
        anna = slack.workspace.person("anna")
        fixtures = {**EVERYWHERE, **IN_MODALS}
        blocks = [block | {"block_id": f"b{n}"} for n, block in enumerate(fixtures.values())]
        slack.workspace.publish_home(anna.id, {"type": "home", "blocks": blocks})
        watched = await opened(browser, slack, "anna", "home")
        await expect(watched.page.locator("#home > .blocks > *")).to_have_count(len(blocks))
        slack.workspace.add_view(
            anna.id, {"type": "modal", "title": plain("All"), "submit": plain("Go"), "blocks": blocks}
        )
        await watched.page.wait_for_selector("#modal[open]")
        for n, name in enumerate(fixtures):
            _, words = DRAWN[name]
            drawn = watched.page.locator(f"#modal .sheet-body > .blocks > :nth-child({n + 1})")
            assert await drawn.count() == 1, name
            if words:
                await expect(drawn, name).to_contain_text(words)
        assert await watched.page.locator(".unknown").count() == 0
        watched.assert_quiet()
        await watched.page.close()


@needs_chromium
async def test_an_unknown_block_is_shown_as_its_json_and_a_broken_one_too(browser: Browser) -> None:
    async with slack_workspace(people=["anna"], channels={"gallery": ["anna"]}, expect_all=False) as slack:
        odd: list[Json] = [
            {"type": "hologram", "depth": 3},
            {"type": "data_visualization", "title": "no chart"},
            {"type": "constructor"},
        ]
        post(slack, slack.workspace.channel("#gallery"), odd)
        watched = await opened(browser, slack, "anna", "#gallery")
        shown = watched.page.locator(".unknown pre")
        read = [json.loads(text) for text in await shown.all_inner_texts()]
        assert [{key: block[key] for key in block if key != "block_id"} for block in read] == odd
        await watched.page.close()


# hostile strings

_KEPT = frozenset(
    {
        "type",
        "style",
        "action_id",
        "block_id",
        "level",
        "status",
        "icon",
        "width",
        "align",
        "range",
        "user_id",
        "channel_id",
        "initial_date",
        "initial_time",
    }
)
_KINDS = [
    "header", "section", "section plain", "section fields", "section button", "section image", "section overflow", "context", "actions", "image",
    "rich_text", "video", "section static_select groups", "section checkboxes", "input plain_text_input", "input radio_buttons", "input multi_static_select",
    "table", "data_table", "chart bar", "chart pie", "markdown", "card", "container", "context_actions", "plan",
]  # fmt: skip


def spoilt(value: Any, text: str, key: str = "") -> Any:
    """Every string that reaches a reader, and every address, replaced."""
    if isinstance(value, dict):
        return {name: spoilt(inner, text, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoilt(inner, text, key) for inner in value]
    return text if isinstance(value, str) and key not in _KEPT else value


# Draws every kind of block with every string into the live document, hidden so that 14,000 blocks need no layout.
DRAW_ALL = """
async ({ strings, template }) => {
  const { drawBlock, drawContent } = await import('/page/static/blocks.js');
  const ctx = { me: 'U1', tz: 'Europe/Berlin', now: 1796400000, names: {}, people: [], channels: [], errors: {}, state: () => undefined, touch: () => {} };
  const place = document.createElement('div');
  place.hidden = true;
  document.body.append(place);
  const spoil = (value, text) =>
    Array.isArray(value) ? value.map((one) => spoil(one, text))
    : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner, text)]))
    : value === 'HOSTILE' ? text : value;
  for (const text of strings) {
    const knowing = { ...ctx, names: { U0PLAY0002: text, C0PLAY0001: text }, people: [{ id: text, real_name: text }], channels: [{ id: text, name: text }] };
    for (const block of spoil(template, text)) place.append(drawBlock(block, { ...knowing, errors: { [block.block_id]: text } }));
    place.append(drawContent({ text, blocks: [] }, knowing));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  const all = [...place.querySelectorAll('*')];
  const handlers = all.flatMap((node) => [...node.attributes].filter((one) => one.name.startsWith('on')).map((one) => one.name));
  const tags = [...new Set(all.map((node) => node.localName))];
  const addresses = [...new Set(all.flatMap((node) => [node.href, node.src].filter((one) => typeof one === 'string')).map((one) => one.split(':')[0]))];
  return { pwned: window.__pwned, violations: window.__violations, drawn: place.children.length, handlers, tags, addresses };
}
"""


@needs_chromium
async def test_five_hundred_hostile_strings_in_every_text_run_nothing(browser: Browser) -> None:
    assert len(HOSTILE) >= 500
    fixtures = {**EVERYWHERE, **IN_MESSAGES, **IN_MODALS}
    template = [spoilt(fixtures[kind], "HOSTILE") | {"block_id": "b"} for kind in _KINDS]
    async with slack_workspace(people=["anna"]) as slack:
        watched = await opened(browser, slack, "anna")
        found = await watched.page.evaluate(DRAW_ALL, {"strings": HOSTILE, "template": template})
        assert found["pwned"] == 0
        assert found["violations"] == []
        assert found["handlers"] == []
        assert found["drawn"] >= len(HOSTILE) * (len(_KINDS) + 1)
        assert not {
            "script",
            "iframe",
            "object",
            "embed",
            "base",
            "link",
            "style",
            "meta",
            "math",
            "form",
        } & set(found["tags"])
        assert set(found["addresses"]) <= {"", "http", "https", "mailto"}
        watched.assert_quiet()
        await watched.page.close()


@needs_chromium
async def test_hostile_strings_sent_through_the_workspace_run_nothing(browser: Browser) -> None:
    fixtures = {**EVERYWHERE, **IN_MESSAGES, **IN_MODALS}
    async with slack_workspace(people=["anna"], channels={"c": ["anna"]}, expect_all=False) as slack:
        channel = slack.workspace.channel("#c")
        for text in HOSTILE[::12]:
            post(slack, channel, [spoilt(fixtures[kind], text) for kind in _KINDS], text)
            post(slack, channel, [], text)
        watched = await opened(browser, slack, "anna", "#c")
        await watched.page.wait_for_selector(
            f"[data-ts='{channel.messages[-1].ts}']", state="attached", timeout=60_000
        )
        assert await watched.page.evaluate("window.__pwned") == 0
        assert await watched.page.evaluate("window.__violations") == []
        watched.assert_quiet()
        await watched.page.close()


@needs_chromium
async def test_hostile_names_forms_reasons_and_results_run_nothing(browser: Browser) -> None:
    for n, text in enumerate(HOSTILE[:: len(HOSTILE) // 4]):
        workspace = Workspace(name=text or "x", app_name="App")
        anna = workspace.add_user("anna", real_name=text or "x", title=text)
        channel = workspace.add_channel("c", members=[anna])
        channel.name, channel.topic = text, text
        async with Playground(workspace) as slack:

            async def explain(text: str = text) -> list[Any]:
                return [{"time": text, "to": text, "text": text, "why": text}]

            async def on_upload(_content: bytes, _dry_run: bool, text: str = text) -> str:
                return text

            slack.page.explain, slack.page.on_upload, slack.page.note = explain, on_upload, text
            form = {"type": "modal", "title": plain(text), "submit": plain(text), "close": plain(text)}
            blocks = [
                spoilt(block, text) | {"block_id": f"b{i}"}
                for i, block in enumerate({**EVERYWHERE, **IN_MODALS}.values())
            ]
            slack.workspace.publish_home(anna.id, {"type": "home", "blocks": blocks})
            watched = await opened(browser, slack, anna.id, "home")
            await watched.page.click("#why-open")
            await watched.page.wait_for_selector("#reasons li")
            await watched.page.click("#try-open")
            await watched.page.set_input_files(
                "#try-file", {"name": "a.csv", "mimeType": "text/csv", "buffer": b"name\nx"}
            )
            await watched.page.click("#try-dry")
            await watched.page.wait_for_selector("#try-result:not([hidden])", state="attached")
            await watched.page.keyboard.press("Escape")
            view = workspace.add_view(anna.id, form | {"blocks": blocks})
            view.errors = {f"b{i}": text for i in range(len(blocks))}
            workspace.add_notice(anna.id, "x", text, channel.id)
            await watched.page.wait_for_selector("#modal[open]")
            assert await watched.page.evaluate("window.__pwned") == 0, n
            assert await watched.page.evaluate("window.__violations") == []
            watched.assert_quiet()
            await watched.page.close()


# what a person does


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
    async with httpx.AsyncClient(trust_env=False) as http:
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
    async with slack_workspace() as slack, httpx.AsyncClient(trust_env=False) as http:
        url = f"{slack.url}/page/{name}"
        elsewhere = await http.post(url, json={}, headers={"Origin": "https://evil.example"})
        rebound = await http.post(url, json={}, headers={"Host": f"evil.example:{slack.port}"})
        assert (elsewhere.status_code, rebound.status_code) == (403, 403)
        if name != "upload":
            form = await http.post(url, data={"person": "x"})
            assert form.status_code in {404, 415}


async def _post(slack: Playground, name: str, body: Json) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
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
