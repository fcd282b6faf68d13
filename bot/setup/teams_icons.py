"""The two icons of the Teams package, drawn: a small flame. No file, no library, the same bytes every time.

https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons: colour 192 × 192 on a full
square, outline 32 × 32 in white on nothing.
"""

import struct
import zlib
from collections.abc import Callable

Colour = tuple[int, int, int]

_NIGHT: Colour = (31, 58, 95)
_FLAME: Colour = (255, 178, 71)
_CORE: Colour = (255, 241, 214)
_WHITE: Colour = (255, 255, 255)
#: Samples along each side of a pixel.
_SAMPLES = 2


def color() -> bytes:
    """The colour icon: a flame on dark blue."""

    def pixel(x: float, y: float) -> tuple[Colour, bool]:
        if _in_flame(x, y, 0.42, 0.62):
            return _CORE, True
        return (_FLAME, True) if _in_flame(x, y, 0.80, 0.5) else (_NIGHT, True)

    return _png(192, pixel)


def outline() -> bytes:
    """The outline icon: the flame's edge in white, all else transparent."""

    def pixel(x: float, y: float) -> tuple[Colour, bool]:
        return _WHITE, _in_flame(x, y, 0.96, 0.5) and not _in_flame(x, y, 0.72, 0.53)

    return _png(32, pixel)


def _in_flame(x: float, y: float, height: float, middle: float) -> bool:
    """A drop with its tip up: `height` of the square, around (½, middle)."""
    down = (y - (middle - height / 2)) / height
    if not 0 <= down <= 1:
        return False
    # Narrow at the tip, widest at seven tenths, round below.
    half: float = 0.33 * height * down**1.2 * (1 - down) ** 0.5 / 0.357
    return abs(x - 0.5) <= half


def _png(size: int, pixel: Callable[[float, float], tuple[Colour, bool]]) -> bytes:
    rows = bytearray()
    step = 1 / (size * _SAMPLES)
    for top in range(size):
        rows.append(0)
        for left in range(size):
            seen = [
                pixel((left * _SAMPLES + dx + 0.5) * step, (top * _SAMPLES + dy + 0.5) * step)
                for dx in range(_SAMPLES)
                for dy in range(_SAMPLES)
            ]
            shown = [colour for colour, there in seen if there] or [_WHITE]
            rows += bytes(sum(one[channel] for one in shown) // len(shown) for channel in range(3))
            rows.append(255 * sum(1 for _, there in seen if there) // len(seen))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
