"""The program as a process of its own, for as long as a trial lasts; what it said is kept in `program.log`."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
_OURS = re.compile(r"^(?:SLACK|TEAMS|PILOTLIGHT|GITHUB|GITLAB|SIGNAL)_|^(?:DATABASE|PUBLIC|HEARTBEAT)_URL$")
#: Seconds until it answers for the first time, on a busy machine.
_PATIENCE = 90.0


@asynccontextmanager
async def running(folder: Path, flag: Path, seconds: float, ours: Mapping[str, str]) -> AsyncIterator[None]:
    """`pilotlight run` with these settings, from its first answer to its end.

    Args:
        folder: where it works and logs.
        flag: while this file is there, each of its transactions takes `seconds` longer.
        seconds: so long.
        ours: its environment, `PORT` included; nothing of ours comes from elsewhere.

    """
    env = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    env |= {**ours, "PYTHONPATH": str(ROOT)}
    with (folder / "program.log").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.trials.slowed", str(flag), str(seconds), "run"],
            cwd=folder,
            env=env,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            await _answers(process, f"http://127.0.0.1:{ours['PORT']}/healthz", folder)
            yield
        finally:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _answers(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        end = asyncio.get_running_loop().time() + _PATIENCE
        while asyncio.get_running_loop().time() < end and process.poll() is None:
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError((folder / "program.log").read_text()[-3000:])
