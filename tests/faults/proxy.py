"""A TCP proxy in a process of its own that spoils connections: delays, cuts after so many bytes, resets, half-open ones.

Plan: `{"share": 0.5, "kinds": ["cut", "reset", "half_open"], "after": [1, 200], "delay": 0.05, "seed": 1}`; what it
spoils is the way back, so the far side has taken what was sent.
"""

import asyncio
import random
import signal
import socket
import struct
from multiprocessing.connection import Connection as Pipe
from typing import Any


class Proxy:
    """Copies bytes both ways, mostly."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.plan: dict[str, Any] = {}
        self.chance = random.Random(0)
        self.spoilt = 0

    def take_plan(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.chance = random.Random(plan.get("seed", 0))

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        forth = asyncio.create_task(self._copy(reader, far_writer))
        try:
            await self._back(far_reader, writer)
        except OSError:
            pass
        finally:
            forth.cancel()
            far_writer.transport.abort()
            writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each answer is fated anew: connections are kept, so one carries many."""
        while data := await reader.read(65_536):
            plan = self.plan
            await asyncio.sleep(self.chance.uniform(0, plan.get("delay", 0)))
            kind = self.chance.choice(plan["kinds"]) if self.chance.random() < plan.get("share", 0) else ""
            self.spoilt += bool(kind)
            match kind:
                case "cut":
                    writer.write(data[: self.chance.randint(*plan.get("after", (0, 200)))])
                    await writer.drain()
                    return
                case "reset":
                    raw: socket.socket = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                case "half_open":
                    await asyncio.sleep(plan.get("hang", 30))
                    return
            writer.write(data)
            await writer.drain()


def serve(port: int, pipe: Pipe) -> None:
    """Runs until the pipe closes; its own port is sent first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve(port, pipe))


async def _serve(port: int, pipe: Pipe) -> None:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    done = asyncio.Event()

    def read() -> None:
        try:
            verb, argument = pipe.recv()
        except EOFError:
            done.set()
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            return
        if verb == "plan":
            proxy.take_plan(argument)
        pipe.send(proxy.spoilt)

    asyncio.get_running_loop().add_reader(pipe.fileno(), read)
    await done.wait()
    server.close()
