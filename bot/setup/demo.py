"""The demo: the sample portfolio played for some weeks, in a transcript or in the browser."""

import asyncio
import contextlib
import importlib
import json
import signal
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.calendar import zone_named
from bot.domain.faults import SetupError, fault
from bot.messages.figures import plural
from bot.playground import Message
from bot.playground.page.host import Host
from bot.playground.seen import Seen
from bot.setup.stage import ADMIN, CHANNEL, FACES, SAMPLE, stage

if TYPE_CHECKING:
    from bot.setup.showroom import Showroom

_WIDTH = 100


@dataclass(kw_only=True)
class Act:
    """What somebody does when a message about a pilot reaches them.

    `press` is a button's text; `reply` is typed instead; `fill` is what goes into the form that the button opens.
    """

    who: str
    about: str
    press: str = ""
    reply: str = ""
    fill: dict[str, str] = field(default_factory=dict)
    #: How often it is done; the demo's people do not answer everything.
    times: int = 1


def _acts() -> list[Act]:
    """The cast: who answers, who stays silent, who decides."""
    return [
        Act(
            who="mara.lindqvist",
            about="Support Reply Assistant",
            reply="6.2, moving, team Aarhus is trained",
            times=1,
        ),
        Act(who="mara.lindqvist", about="Support Reply Assistant", press="Moving", times=2),
        Act(who="ines.petersen", about="Call Summaries", press="Moving", times=5),
        Act(
            who="helene.krag",
            about="Seasonal Demand Forecast",
            reply="3.1, moving, safety stock holds",
            times=5,
        ),
        Act(who="linh.tran", about="Tariff Code Helper", press="Moving", times=5),
        Act(who="clara.voigt", about="Contract Clause Finder", press="Waiting", times=1),
        Act(
            who="samir.haddad",
            about="Search Re-Ranking",
            reply="5.1, stuck, compound words need the new index",
            times=1,
        ),
        Act(
            who="patrick.nowak",
            about="Picking Vision",
            press="Snooze",
            fill={"days": "5", "reason": "year-end stocktake in Hall 1"},
        ),
        Act(
            who="birgit.sorensen",
            about="Returns Reason Classifier",
            press="Retire with learning",
            fill={
                "cause": "O",
                "learning": "a model that nobody has time to own saves nothing, however good its demo was",
            },
        ),
        Act(
            who="karl.maurer",
            about="Store Energy Prediction",
            press="Pause until",
            fill={"until": "2027-02-01", "reason": "meter data is complete in January"},
        ),
        Act(
            who="dorothea.bauer",
            about="Price Elasticity Model",
            press="Keep, with owner and date",
            fill={"until": "2027-06-30", "owner": "helene.krag"},
        ),
    ]


def headless(*, weeks: int, write: Callable[[str], object] = print, as_json: bool = False) -> int:
    """Plays the sample for some weeks and prints every message, answer and digest; 0 when all went well."""
    with tempfile.TemporaryDirectory(prefix="pilotlight-") as folder:
        return asyncio.run(_play(Path(folder), weeks, write, as_json=as_json))


async def _play(folder: Path, weeks: int, write: Callable[[str], object], *, as_json: bool) -> int:
    from bot.setup.showroom import showroom

    async with showroom(folder) as room:
        play = _Play(room, write, as_json=as_json)
        await play.opening()
        end = room.clock.now + timedelta(weeks=weeks)
        while (moment := room.next_hour()) <= end:
            await room.step_to(moment)
            await play.happens(moment)
        await play.closing()
        return play.summary(weeks)


class _Play:
    """The people of the demo, and the transcript of what they see and do."""

    def __init__(self, room: "Showroom", write: Callable[[str], object], *, as_json: bool) -> None:
        self.room = room
        self.write = write
        self.as_json = as_json
        self.acts = _acts()
        self.counts = {"messages": 0, "digests": 0, "answers": 0, "decisions": 0, "people": 0}
        self._people: set[str] = set()
        self._script = _script()

    # What is seen.

    def stamp(self, when: datetime | None = None) -> str:
        local = (when or self.room.clock.now).astimezone(zone_named("Europe/Berlin"))
        return f"{local:%a} {local.day} {local:%b %Y %H:%M}"

    def show(self, head: str, text: str) -> None:
        if self.as_json:
            now = self.room.clock.now.isoformat()
            self.write(json.dumps({"at": now, "what": head, "text": text}, ensure_ascii=False))
            return
        self.write(f"\n{self.stamp()} · {head}")
        for line in text.splitlines():
            self.write(
                textwrap.fill(line, _WIDTH, initial_indent="    ", subsequent_indent="    ")
                if line.strip()
                else ""
            )

    async def opening(self) -> None:
        """The first words, so that a reader knows where they are."""
        if not self.as_json:
            self.write(
                "Halden & Voss (fictional): 24 AI pilots, imported this morning. Nobody has been asked anything yet."
            )
        seen = await self.room.playground.hands.command(ADMIN, "/pilot list decisions")
        self.show("Astrid Falk types /pilot list decisions", seen.text)

    async def happens(self, moment: datetime) -> None:
        """Shows what arrived, then lets people act on it and follow the script."""
        for message in self.room.playground.ledger.take_all():
            to = self._recipient(message)
            digest = to == f"#{CHANNEL}"
            self.counts["digests" if digest else "messages"] += 1
            self._people.add(to)
            self.show(f"to {to}", self.room.playground.hands.read(message))
            if not digest:
                await self.react(message)
        for line in [line for line in self._script if line.at <= self.stamp_key(moment)]:
            self._script.remove(line)
            await self.say(line.who, line.text)

    def stamp_key(self, moment: datetime) -> str:
        return moment.astimezone(zone_named("Europe/Berlin")).strftime("%Y-%m-%d %H:%M")

    # What people do.

    async def react(self, message: Message) -> None:
        """One act for each pilot that the message asks about, if its reader acts at all."""
        reader = self._reader(message)
        text = self.room.playground.hands.read(message)
        for act in self.acts:
            if act.times > 0 and act.who == reader and act.about in text and await self._do(act, message):
                act.times -= 1
                return

    def _recipient(self, message: Message) -> str:
        channel = self.room.playground.workspace.channels[message.channel]
        reader = self._reader(message) if channel.is_im else ""
        return self.room.playground.workspace.person(reader).real_name if reader else f"#{channel.name}"

    def _reader(self, message: Message) -> str:
        channel = self.room.playground.workspace.channels[message.channel]
        people = {user.id: user.name for user in self.room.playground.workspace.people()}
        return next((people[member] for member in channel.members if member in people), "")

    async def _do(self, act: Act, message: Message) -> bool:
        hands, who = self.room.playground.hands, self.room.playground.workspace.person(act.who).real_name
        if act.reply:
            seen = await hands.type(act.who, act.who, act.reply)
            self.show(f"{who} replies: {act.reply}", _after(seen))
            self.counts["answers"] += 1
            return True
        text = hands.read(message)
        if act.press not in text:
            return False
        seen = await self._press(act, message)
        if seen.view is not None and act.fill:
            self.show(
                f"{who} presses [{act.press}] and fills the form",
                "\n".join(f"{k}: {v}" for k, v in act.fill.items()),
            )
            await self._opened(act.who)
            before = message.revision
            seen = await hands.submit(act.who, None, self._filled(act.fill))
            self.counts["decisions"] += act.press != "Snooze"
            # The form closes at once; the message that it was opened from changes a moment later.
            changed = await self.room.playground.workspace.until(lambda: message.revision > before)
            self.show(f"{who} sees", hands.read(message) if changed else _after(seen))
        else:
            self.show(f"{who} presses [{act.press}]", _after(seen))
        self.counts["answers"] += 1
        return True

    async def _press(self, act: Act, message: Message) -> Seen:
        hands = self.room.playground.hands
        try:
            return await hands.press(act.who, message, act.press, near=act.about)
        except (LookupError, AssertionError, ValueError):
            return await hands.choose(act.who, message, _menu(message, act.about), act.press)

    async def _opened(self, who: str) -> None:
        """Waits until the form stands where "one moment" stood."""
        slack = self.room.playground.workspace

        def ready() -> bool:
            view = slack.top_view(who)
            return view is not None and "submit" in view.payload

        await slack.until(ready)

    def _filled(self, fill: dict[str, str]) -> dict[str, str]:
        people = {user.name: user.id for user in self.room.playground.workspace.people()}
        return {name: people.get(value, value) for name, value in fill.items()}

    async def say(self, who: str, text: str) -> None:
        """Somebody types a command."""
        seen = await self.room.playground.hands.command(who, text)
        name = self.room.playground.workspace.person(who).real_name
        self.show(f"{name} types {text}", _after(seen))

    async def closing(self) -> None:
        """The question that started it all."""
        await self.say("henrik.dahl", "/pilot happened the chatbot")
        await self.say("henrik.dahl", "/pilot happened returns model")

    def summary(self, weeks: int) -> int:
        """The last line, and whether everything arrived."""
        refused = self.room.playground.app.refusals
        people = len(self._people)
        if self.as_json:
            told = {"weeks": weeks, **self.counts, "people": people, "refused": len(refused)}
            self.write(json.dumps(told))
            return 1 if refused else 0
        self.write(
            f"\n{plural(weeks, 'week')} played: {plural(self.counts['messages'], 'message')} and "
            f"{plural(self.counts['digests'], 'digest')} to {plural(people, 'place')}, "
            f"{plural(self.counts['answers'], 'answer')}, {plural(self.counts['decisions'], 'decision')}, "
            f"{plural(len(refused), 'message')} refused by Slack."
        )
        return 1 if refused else 0


def _menu(message: Message, about: str) -> str:
    """The "more" menu of the section about a pilot: its action id."""
    here = False
    for block in message.blocks or []:
        here = here or about in str(block)
        for element in block.get("elements", []) if here else []:
            if element.get("type") == "overflow":
                return str(element["action_id"])
    raise LookupError(f"no menu about {about}")


def _after(seen: Seen) -> str:
    return seen.text or "(nothing changes)"


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A command that somebody types once a moment has come."""

    at: str
    who: str
    text: str


def _script() -> list[_Line]:
    return [
        _Line(
            at="2026-11-24 10:05",
            who="sven.pohl",
            text="/pilot register Claims Chat: Let's see what AI can do",
        ),
        _Line(
            at="2026-11-24 13:30",
            who="sven.pohl",
            text="/pilot metric Claims Chat Cut time to first answer per claim from 9 to 4 hours by 30 June 2027",
        ),
        _Line(at="2026-11-24 13:30", who="sven.pohl", text="/pilot edit Claims Chat sponsor @ulrich.stamm"),
        _Line(at="2026-12-02 10:05", who="dorothea.bauer", text="/pilot whatever happened to the chatbot?"),
    ]


def page(*, port: int) -> None:
    """Serves the page until it is closed; leaves no file behind.

    Raises:
        SetupError: somebody else listens on that port.

    """
    with tempfile.TemporaryDirectory(prefix="pilotlight-") as folder, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(folder), port))


async def _serve(folder: Path, port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with contextlib.AsyncExitStack() as open_until_then:
        try:
            set_up = await open_until_then.enter_async_context(stage(port=port, page=page_host()))
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise SetupError(fault("PL-055", where=f"port {port}", reason=why)) from None
        print(f"Pilotlight's playground: {set_up.playground.url}", flush=True)  # noqa: T201 - what the verb is for
        print("A press on +1 week shows what it does. Ctrl-C ends it and leaves no files.", flush=True)  # noqa: T201
        # The page answers from here on; loading the program takes longer than showing who is there.
        await asyncio.to_thread(importlib.import_module, "bot.setup.host")
        from bot.setup.host import performing

        async with performing(set_up, folder) as room:
            print(f"The portfolio: {room.app.address} (say /pilot portfolio there for your link)", flush=True)  # noqa: T201
            await stop.wait()


def page_host() -> Host:
    """What the page says of itself before the program has come."""
    return Host(
        note="To use it with real Slack: pilotlight init",
        sample_csv=str(SAMPLE),
        faces=tuple(FACES),
        starting=True,
    )
