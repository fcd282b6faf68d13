"""A clock that several processes share and a trial sets forward: the wall's, and seconds beside it in a small file."""

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path


class SharedClock:
    """Now, plus what the trial has added."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        file = Path(path)
        if not file.exists():
            file.write_bytes(struct.pack("d", 0.0))
        with file.open("r+b") as opened:
            self._seconds = mmap.mmap(opened.fileno(), 8)

    def seconds(self) -> float:
        return time.time() + float(struct.unpack("d", self._seconds[:8])[0])

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def advance(self, seconds: float) -> None:
        (before,) = struct.unpack("d", self._seconds[:8])
        self._seconds[:8] = struct.pack("d", before + seconds)

    def set(self, moment: datetime) -> None:
        self._seconds[:8] = struct.pack("d", moment.timestamp() - time.time())
