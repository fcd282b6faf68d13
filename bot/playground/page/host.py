"""What the page asks of whoever started it; a control whose callback is missing is not shown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

#: moves time on by so much and lets happen what falls due
OnAdvance = Callable[[timedelta], Awaitable[None]]
#: moves time on until something happens; whether it did
OnUntil = Callable[[], Awaitable[bool]]
#: a CSV file, whether only to try, and the map of its columns (JSON; empty: none); answers what to show
OnUpload = Callable[[bytes, bool, str], Awaitable[str]]
#: every message with its reason: time (ISO 8601), to, text, why; the oldest first
Explain = Callable[[], Awaitable[list[Mapping[str, str]]]]


class NotTakenError(Exception):
    """Raised by `on_upload`: what is wrong with the file, for whoever chose it."""


@dataclass(kw_only=True, eq=False)
class Host:
    on_advance: OnAdvance | None = None
    #: where there is none, "until something happens" goes on a day at a time by on_advance
    on_until: OnUntil | None = None
    on_upload: OnUpload | None = None
    explain: Explain | None = None
    #: one line at the foot of the sidebar: how to go on from here
    note: str = ""
    #: the path of a CSV file to start from, offered beside the upload as /page/sample.csv; where there is none, nothing is offered
    sample_csv: str = ""

    #: handles of those who come first among the people
    faces: tuple[str, ...] = ()
    #: nobody can act yet; whoever sets it to False tells the workspace's listeners
    starting: bool = False

    @property
    def sample(self) -> Path | None:
        path = Path(self.sample_csv)
        return path if self.sample_csv and path.is_file() else None
