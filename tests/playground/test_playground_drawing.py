"""Every block is drawn, and no text of anybody's runs."""

import json
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from bot.playground import Playground, Workspace
from tests.playground.browser import browser, needs_chromium, opened, post
from tests.playground.gallery import EVERYWHERE, IN_MESSAGES, IN_MODALS, plain
from tests.playground.hostile import HOSTILE
from tests.playground.kit import slack_workspace

Json = dict[str, Any]

pytestmark = pytest.mark.asyncio(loop_scope="module")

__all__ = ["browser"]


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
@pytest.mark.parametrize("each", [5, pytest.param(1, marks=pytest.mark.trial)])
async def test_five_hundred_hostile_strings_in_every_text_run_nothing(browser: Browser, each: int) -> None:
    """Each fifth of them; all are a trial."""
    assert len(HOSTILE) >= 500
    strings = HOSTILE[::each]
    fixtures = {**EVERYWHERE, **IN_MESSAGES, **IN_MODALS}
    template = [spoilt(fixtures[kind], "HOSTILE") | {"block_id": "b"} for kind in _KINDS]
    async with slack_workspace(people=["anna"]) as slack:
        watched = await opened(browser, slack, "anna")
        found = await watched.page.evaluate(DRAW_ALL, {"strings": strings, "template": template})
        assert found["pwned"] == 0
        assert found["violations"] == []
        assert found["handlers"] == []
        assert found["drawn"] >= len(strings) * (len(_KINDS) + 1)
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

            async def on_upload(_content: bytes, _dry_run: bool, _mapping: str, text: str = text) -> str:
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
