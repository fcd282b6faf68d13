"""A small made-up conversation, to look at and to test the page with: `python -m tests.playground.scene` serves it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.playground import Playground, Workspace, real_clock
from tests.playground.bolt_app import bolt, client, running
from tests.playground.gallery import CONFIRM, DATA_TABLE, OVERFLOW, button, chart, mrkdwn, option, plain
from tests.playground.kit import VirtualClock

Json = dict[str, Any]

PEOPLE = [
    {"name": "lena", "real_name": "Lena Fischer", "title": "Owner", "tz": "Europe/Berlin"},
    {"name": "tom", "real_name": "Tom Okafor", "title": "Backup", "tz": "Europe/London"},
    {"name": "petra", "real_name": "Petra Holm", "title": "Sponsor", "tz": "Europe/Berlin"},
    {"name": "maria", "real_name": "Maria Sandoval", "title": "Leader", "tz": "America/New_York"},
    {"name": "jo", "real_name": "Jo Adler", "title": "Admin", "tz": "Europe/Berlin"},
]

NUDGE: list[Json] = [
    {
        "type": "section",
        "text": mrkdwn(
            "*Support Reply Assistant*: no word for 12 working days (last 16 Nov 2026). You own it; sponsor <@U0PLAY0004>.\n"
            "First response time: 6.5 h (16 Nov) · target 6.0 h by 18 Dec 2026. New number? Reply `6.2, moving`."
        ),
    },
    {
        "type": "actions",
        "elements": [
            button("Moving", "moving", style="primary"),
            button("Stuck", "stuck"),
            button("Waiting", "waiting"),
            button("I would stop it", "stop", style="danger", confirm=CONFIRM),
            OVERFLOW,
        ],
    },
    {
        "type": "context",
        "elements": [
            mrkdwn(
                "Rule: trial, check-in every 10 working days. Next: once more on <!date^1796630400^{date_short}|7 Dec 2026>."
            )
        ],
    },
]

DIGEST: list[Json] = [
    {"type": "header", "text": plain("4 decisions wait")},
    {
        "type": "section",
        "text": mrkdwn("1. *Contract search*: blocked 12 days, waits for legal (owner Tom)"),
        "accessory": OVERFLOW | {"action_id": "more.1"},
    },
    {
        "type": "actions",
        "elements": [
            button("Keep", "keep.1", style="primary"),
            button("Pause", "pause.1"),
            button("Retire", "retire.1", style="danger"),
        ],
    },
    {"type": "divider"},
    {
        "type": "section",
        "fields": [mrkdwn("*Moved*\nInvoice triage 11 → 6 min"), mrkdwn("*Ended*\nShift planner, retired")],
    },
    chart("line"),
    DATA_TABLE,
]

FORM: Json = {
    "type": "modal",
    "callback_id": "new",
    "title": plain("New pilot"),
    "submit": plain("Save"),
    "close": plain("Cancel"),
    "blocks": [
        {"type": "section", "text": mrkdwn("One sentence is enough: *what should change, by how much, by when*.")},
        {"type": "input", "block_id": "name", "label": plain("Name"), "element": {"type": "plain_text_input", "action_id": "value", "placeholder": plain("Contract search")}},
        {
            "type": "input", "block_id": "outcome", "label": plain("Outcome"), "hint": plain("Such as: answers in 6.0 h instead of 8.5 h by 18 December"),
            "element": {"type": "plain_text_input", "action_id": "value", "multiline": True},
        },
        {"type": "input", "block_id": "sponsor", "label": plain("Sponsor"), "element": {"type": "users_select", "action_id": "value", "placeholder": plain("Choose a person")}},
        {"type": "input", "block_id": "until", "label": plain("Decision on"), "optional": True, "element": {"type": "datepicker", "action_id": "value", "initial_date": "2026-12-18"}},
        {
            "type": "input", "block_id": "stage", "label": plain("Stage"),
            "element": {"type": "radio_buttons", "action_id": "value", "options": [option("Idea", "idea", description=plain("nothing built yet")), option("Trial", "trial")], "initial_option": option("Trial", "trial")},
        },
    ],
}  # fmt: skip

HOME: Json = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Your pilots")},
        {
            "type": "section",
            "text": mrkdwn("*Support Reply Assistant*\nTrial · answered today · decision 18 Dec 2026"),
            "accessory": button("Check in", "home.checkin"),
        },
        {
            "type": "section",
            "text": mrkdwn("*Contract search*\nBlocked 12 days · waits for legal"),
            "accessory": button("Show", "home.show"),
        },
        {"type": "divider"},
        {
            "type": "actions",
            "elements": [button("New pilot", "home.new", style="primary"), button("Help", "home.help")],
        },
    ],
}


def app_of(slack: Playground) -> AsyncApp:
    app = bolt(slack)

    @app.command("/pilot")
    async def on_command(ack: Any, command: Json, client: Any) -> None:
        if command["text"].startswith("new"):
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
        else:
            await ack(text=f"I do not know *{command['text'] or 'nothing'}*. Try `/pilot new`.")

    @app.view("new")
    async def on_submit(ack: Any, body: Json, client: Any) -> None:
        values = body["view"]["state"]["values"]
        if len(values["outcome"]["value"]["value"]) < 20:
            await ack(
                response_action="errors",
                errors={"outcome": "This names no number. By how much should what change, and by when?"},
            )
            return
        await ack()
        await client.chat_postMessage(
            channel=body["user"]["id"],
            text=f"Registered *{values['name']['value']['value']}*. Next check-in 7 Dec 2026.",
        )

    @app.action({"action_id": "moving"})
    async def on_moving(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Noted, thanks. Next check-in 16 Dec 2026.",
            blocks=[{"type": "section", "text": mrkdwn("*Support Reply Assistant*: noted as moving, thanks. Next check-in 16 Dec 2026."), "accessory": button("Undo", "undo")}],
        )  # fmt: skip

    @app.action({"action_id": "home.new"})
    async def on_new(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.event("message")
    async def on_message(event: Json, say: Any) -> None:
        await say(text=f"Read as: {event['text']}. Right?", thread_ts=event.get("thread_ts"))

    @app.event("app_home_opened")
    async def on_home(event: Json, client: Any) -> None:
        if event["tab"] == "home":
            await client.views_publish(user_id=event["user"], view=HOME)

    return app


@asynccontextmanager
async def played(port: int = 0) -> AsyncIterator[Playground]:
    """The workspace with some days behind it and a host behind its clock."""
    clock = VirtualClock(datetime(2026, 11, 30, 8, 30, tzinfo=UTC))
    workspace = Workspace(name="Nordlicht AG", clock=clock, app_name="Pilotlight")
    for one in PEOPLE:
        workspace.add_user(**one)
    workspace.add_channel("leadership", members=["petra", "maria", "jo"]).topic = "What waits for a decision"
    workspace.add_channel("general", members=["lena", "tom", "petra", "maria", "jo"], with_bot=False)
    reasons: list[Mapping[str, str]] = []

    slack = Playground(workspace, signing_clock=real_clock, port=port)
    slack.app.commands = frozenset({"/pilot"})

    async def on_advance(delta: timedelta) -> None:
        clock.now += delta
        if delta >= timedelta(days=7) or clock.now.weekday() == 0:
            await nudge(slack, reasons)

    async def on_upload(content: bytes, dry_run: bool, _mapping: str) -> str:
        rows = max(0, len(content.decode("utf-8", "replace").strip().splitlines()) - 1)
        return f"{'Dry run: ' if dry_run else ''}{rows} pilots read, 0 refused.\n{'Nothing written, 0 messages sent.' if dry_run else 'Imported.'}"

    async def explain() -> list[Mapping[str, str]]:
        return reasons

    slack.page.on_advance, slack.page.on_upload, slack.page.explain = on_advance, on_upload, explain
    slack.page.note = "To use with real Slack: pilotlight init"
    async with slack, running(slack, app_of(slack)):
        api = client(slack)
        clock.now -= timedelta(days=3)
        await api.chat_postMessage(
            channel=workspace.person("lena").id,
            text="Registered *Support Reply Assistant*. Sponsor Petra Holm has backed it. :seedling:",
        )
        await slack.hands.type("lena", "lena", "thanks, 6.5 h today")
        clock.now += timedelta(days=3)
        await nudge(slack, reasons)
        digest = await api.chat_postMessage(channel="#leadership", text="4 decisions wait", blocks=DIGEST)
        reasons.append(
            {
                "time": clock.now.isoformat(),
                "to": "#leadership",
                "text": "4 decisions wait",
                "why": "Weekly digest: Monday 09:30 in Europe/Berlin, edition for leaders.",
            }
        )
        await slack.hands.type("maria", "#leadership", "@petra what does legal need?", thread_ts=digest["ts"])
        await slack.hands.type(
            "petra", "#leadership", "The processing agreement. I ask today.", thread_ts=digest["ts"]
        )
        await slack.hands.command("petra", "/pilot sohw Contract", "#leadership")
        yield slack


async def nudge(slack: Playground, reasons: list[Mapping[str, str]]) -> None:
    lena = slack.workspace.person("lena")
    await client(slack).chat_postMessage(
        channel=lena.id, text="Support Reply Assistant: no word for 12 working days", blocks=NUDGE
    )
    reasons.append(
        {
            "time": slack.workspace.clock().isoformat(),
            "to": lena.real_name,
            "text": "Support Reply Assistant: no word for 12 working days",
            "why": "SILENT amber since 26 Nov: trial, 10 working days without a word. Rung 1 of 3, owner.",
        }
    )


async def main() -> None:
    async with played(port=8765) as slack:
        print(slack.url)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
