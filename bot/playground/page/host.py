"""What the page asks of whoever started it; a control whose callback is missing is not shown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

#: moves time on by so much and lets happen what falls due
OnAdvance = Callable[[timedelta], Awaitable[None]]
#: a CSV file, and whether only to try; answers what to show
OnUpload = Callable[[bytes, bool], Awaitable[str]]
#: every message with its reason: time (ISO 8601), to, text, why; the oldest first
Explain = Callable[[], Awaitable[list[Mapping[str, str]]]]


@dataclass(kw_only=True, eq=False)
class Host:
    on_advance: OnAdvance | None = None
    on_upload: OnUpload | None = None
    explain: Explain | None = None
    #: one line at the foot of the sidebar: how to go on from here
    note: str = ""
    #: the file one may start from, offered beside the upload; empty offers none
    sample_csv: str = ""
