"""The first ten minutes of a Slack admin: from nothing to a nudge that was pressed, with the program as a process of its own."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.playground import Playground
from tests.setup.kit import BOT_TOKEN, SIGNING_SECRET, Slack, environment, slack


@dataclass
class Process:
    """The program, and what it has said so far."""

    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)

    def until(self, pattern: str, seconds: float = 180.0) -> str:
        """Waits for words; what the first group of the pattern found."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := re.search(pattern, "".join(self.said)):
                return found[found.lastindex or 0]
            if self.process.poll() is not None:
                time.sleep(0.2)
                break
            time.sleep(0.02)
        if found := re.search(pattern, "".join(self.said)):
            return found[found.lastindex or 0]
        raise AssertionError(f"never said {pattern}:\n{''.join(self.said)}")


@contextmanager
def started(folder: Path, *arguments: str, typed: str = "", **ours: str) -> Iterator[Process]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", *arguments],
        cwd=folder,
        env=environment(**ours),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    )
    assert process.stdin is not None and process.stdout is not None
    running = Process(process)

    def listen() -> None:
        assert process.stdout is not None
        while chunk := process.stdout.read(1):
            running.said.append(chunk)

    reading = threading.Thread(target=listen, daemon=True)
    reading.start()
    process.stdin.write(typed)
    process.stdin.flush()
    try:
        yield running
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(120)
        reading.join(60)
        process.stdin.close()
        process.stdout.close()


def nudged(here: Slack) -> None:
    """Ada presses what arrived."""
    playground: Playground = here.playground
    message = here.does(lambda: playground.hands.wait_for("ada", "This is a test", timeout=120.0))
    here.does(lambda: playground.hands.press("ada", message, "Moving"))


def set_up(here: Slack, folder: Path, pastes: str, **ours: str) -> tuple[float, str]:
    """From the first keystroke to the last line; how long it took and what was said."""
    began = time.monotonic()
    typed = f"{pastes}y\ny\nheroku\n"
    with started(folder, "init", typed=typed, SLACK_API_URL=here.playground.api_url, **ours) as running:
        code = running.until(r"/pilot claim (\d{8})")
        seen = here.does(lambda: here.playground.hands.command("ada", f"/pilot claim {code}"))
        assert "You are the admin now" in seen.text
        running.until(r"Sent in")
        nudged(here)
        running.until(r"Your press came back ([\d.]+) s later")
        running.process.wait(120)
        assert running.process.returncode == 0
    return time.monotonic() - began, "".join(running.said)


def test_from_nothing_to_a_pressed_nudge_over_the_socket(tmp_path: Path) -> None:
    with slack() as here:
        took, said = set_up(here, tmp_path, f"1\n{BOT_TOKEN}\n{here.playground.app_token}\n")
        print(f"set up in {took:.1f} s of the machine's time")
        [answered] = [one for one in here.playground.hands.see("ada") if "it came back" in one.text]
        assert "Moving" in answered.text
        assert "Next: /pilot new" in answered.text and "only you see what would be said" in answered.text
    assert "Acme, bot @pilotlight, scopes OK" in said
    assert "0 failed" in said
    assert "heroku config:set SLACK_MODE=…" in said and "work: python -m bot work" in said
    assert BOT_TOKEN not in said
    assert said.count("]: ") + said.count("Paste ") <= 12


@pytest.mark.trial
def test_the_same_over_http_behind_an_address(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with slack(socket_mode=False) as here:
        here.playground.app_url = f"http://127.0.0.1:{port}/slack/events"
        pastes = f"2\nhttp://127.0.0.1:{port}\n{BOT_TOKEN}\n{SIGNING_SECRET}\n"
        took, said = set_up(here, tmp_path, pastes, PORT=str(port))
    print(f"set up over HTTP in {took:.1f} s of the machine's time")
    assert "It looks right; Slack's first request proves it." in said


@pytest.mark.trial
def test_a_process_whose_socket_stays_dead_ends_so_that_the_host_sees_it(tmp_path: Path) -> None:
    with slack() as here:
        ours = {
            "SLACK_API_URL": here.playground.api_url,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": here.playground.app_token,
            "PORT": "0",
        }
        with started(tmp_path, "run", **ours) as running:
            running.until("socket: open")
            sockets = here.playground.app.sockets
            assert sockets is not None

            async def cut() -> None:
                here.playground.app.app_tokens.clear()
                for line in list(sockets.connections):
                    await line.close()

            here.does(cut)
            assert running.process.wait(60) == 1
        said = "".join(running.said)
    assert "PL-029" in said and "apps.connections.open: invalid_auth" in said
    assert BOT_TOKEN not in said and here.playground.app_token not in said
