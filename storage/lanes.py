"""Threads that do one transaction after the other, each on a connection that it keeps."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")


class Line:
    """The connection of one thread: opened when it is first needed, and anew after it broke."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._conn: Connection | None = None

    def open(self) -> Connection:
        """The connection.

        Raises:
            sqlalchemy.exc.DBAPIError: there is none to be had.

        """
        if self._conn is None:
            self._conn = self.engine.connect()
        return self._conn

    def begin(self) -> RootTransaction:
        """Begins a transaction on it; a connection on which none can begin is let go of.

        Raises:
            sqlalchemy.exc.DBAPIError: why none can begin.

        """
        try:
            return self.open().begin()
        except DBAPIError:
            self.close()
            raise

    def undo(self, transaction: RootTransaction) -> None:
        """Rolls back; what cannot be rolled back ends with its connection."""
        try:
            transaction.rollback()
        except DBAPIError:
            self.close()
        if self._conn is not None and self._conn.invalidated:
            self.close()

    def close(self) -> None:
        """Lets go of the connection; a broken one has nothing more to say."""
        conn, self._conn = self._conn, None
        if conn is not None:
            try:
                if not conn.invalidated and getattr(conn.connection.driver_connection, "closed", False):
                    conn.invalidate()  # PostgreSQL has gone: nothing is to be rolled back there
                conn.close()
            except DBAPIError:
                conn.invalidate()


class Lane:
    """A few such threads with one queue. They are started as they are needed.

    This is what a pool of threads is, without a pool of connections beside it and at half the price of a hop: nothing waits on a
    lock, and the event loop's future is told directly.
    """

    def __init__(self, name: str, engine: Engine, most: int) -> None:
        self._name = name
        self._engine = engine
        self._most = most
        self._jobs: SimpleQueue[
            tuple[Callable[[Line], Any], Callable[[Any, BaseException | None], None]] | None
        ]
        self._jobs = SimpleQueue()
        self._lock = threading.Lock()
        #: Jobs that were handed over and are not done.
        self._open = 0
        self._threads: list[threading.Thread] = []
        self._closed = False

    async def do(self, work: Callable[[Line], T]) -> T:
        """What the work returns or raises. It is left undone where nobody waits any more when its turn comes."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()

        def wanted(line: Line) -> T | None:
            return None if waiting.cancelled() else work(line)

        def tell(result: Any, error: BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(_settle, waiting, result, error)
            except RuntimeError:
                return  # the loop has ended, and with it whoever waited

        self._hand(wanted, tell)
        found: T = await waiting
        return found

    def later(self, work: Callable[[Line], T]) -> Future[T]:
        """What the work will return or raise; it is done whoever stops waiting, before `close` returns."""
        waiting: Future[T] = Future()
        waiting.set_running_or_notify_cancel()  # from here on nobody calls it off
        self._hand(work, lambda result, error: _settle(waiting, result, error))
        return waiting

    def do_now(self, work: Callable[[Line], T]) -> T:
        """What the work returns or raises; blocks."""
        return self.later(work).result()

    def close(self) -> None:
        """Waits for what was handed over, then lets go of every connection."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
            for _ in threads:
                self._jobs.put(None)
        for thread in threads:
            thread.join()

    def _hand(self, work: Callable[[Line], Any], tell: Callable[[Any, BaseException | None], None]) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("the database is closed")
            self._open += 1
            if self._open > len(self._threads) and len(self._threads) < self._most:
                name = f"{self._name}-{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()
            # What goes on goes on there too: `storage.cause` knows it by the context.
            context = copy_context()
            self._jobs.put((lambda line: context.run(work, line), tell))

    def _work(self) -> None:
        line = Line(self._engine)
        while (job := self._jobs.get()) is not None:
            work, tell = job
            result = error = None
            try:
                result = work(line)
            except BaseException as raised:  # noqa: BLE001 - whoever asked gets it
                error = raised
            with self._lock:
                self._open -= 1
            tell(result, error)
            del job, work, tell, result, error  # else they live until the next one comes
        line.close()


def _settle(waiting: "asyncio.Future[Any] | Future[Any]", result: Any, error: BaseException | None) -> None:
    if waiting.cancelled():
        return
    if error is None:
        waiting.set_result(result)
    else:
        waiting.set_exception(error)
