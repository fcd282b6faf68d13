"""How far something long has come: a bar on a terminal, nothing anywhere else.

It is drawn on the error stream, so that what a command prints can be piped. NO_COLOR is heard.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
#: Told how much is done, from 0 to 1; above 1: how many are done, where the whole is not known.
Told = Callable[[float], None]


@contextlib.contextmanager
def bar(what: str) -> Iterator[Told]:
    """A bar from 0 to 1; call what it gives with how much is done.

    Where the whole is not known, call it with a number above 1: so many are done.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task: TaskID = drawn.add_task(what, total=None, done="")

        def told(done: float) -> None:
            if done > 1:
                drawn.update(task, done=f"{int(done):,}")
            else:
                drawn.update(task, total=1.0, completed=done, done=f"{done:.0%}")

        yield told


def counted(items: Iterable[T], told: Told, *, every: int = 200) -> Iterator[T]:
    """The items, with their number told as they pass."""
    for number, item in enumerate(items, 1):
        if number % every == 0:
            told(float(number))
        yield item
