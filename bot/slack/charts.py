"""Table → data_table, Chart → data_visualization; None where Slack could not show it truthfully. No I/O.

https://docs.slack.dev/reference/block-kit/blocks/data-table-block · …/data-visualization-block
"""

import math
from functools import lru_cache
from typing import Any

from bot.messages.model import Chart, Table
from bot.messages.text import label

_MOST_ROWS, _MOST_COLUMNS, _MOST_CELL = 100, 20, 300
#: "10,000 characters in all"; what a message holds besides has a limit too.
_MOST_TABLE = 8000
_MOST_SERIES, _MOST_POINTS, _MOST_NAME = 6, 20, 20


def table_block(table: Table) -> tuple[dict[str, Any], int] | None:
    """The block, and how many rows had no room."""
    width = min(len(table.columns), _MOST_COLUMNS)
    if not width or not table.rows:
        return None
    rows = [_row(table.columns, width)]
    size = len(table.caption) + _size(rows[0])
    for row in table.rows[:_MOST_ROWS]:
        cells = _row(row, width)
        size += _size(cells)
        if size > _MOST_TABLE:
            break
        rows.append(cells)
    if len(rows) == 1:
        return None
    block = {"type": "data_table", "caption": label(table.caption, 300), "rows": rows}
    return block, len(table.rows) - len(rows) + 1


def _row(cells: tuple[str, ...], width: int) -> list[dict[str, str]]:
    """As many cells as the header has; an empty one is drawn as a dash, which a screen reader also says."""
    padded = (*cells, *("",) * width)[:width]
    return [{"type": "raw_text", "text": _cell(cell)} for cell in padded]


@lru_cache(maxsize=4_096)
def _cell(words: str) -> str:
    """Most cells of a table are said again and again."""
    return label(words, _MOST_CELL)


def _size(row: list[dict[str, str]]) -> int:
    return sum(len(cell["text"]) for cell in row)


def chart_block(chart: Chart) -> dict[str, Any] | None:
    """A line or bar chart. A point without a number is left out with its category: nothing unreported is drawn as zero."""
    series = chart.series[:_MOST_SERIES]
    points = [
        index for index in range(len(chart.categories)) if all(_reported(one.values, index) for one in series)
    ]
    # The newest end of a line tells more; bars are sorted by whoever made them.
    points = points[-_MOST_POINTS:] if chart.shape == "line" else points[:_MOST_POINTS]
    labels = [label(chart.categories[index], _MOST_NAME) for index in points]
    names = [label(one.name, _MOST_NAME) for one in series]
    if not points or not series or len(set(labels)) < len(labels) or len(set(names)) < len(names):
        return None
    drawn = [
        {
            "name": name,
            "data": [
                {"label": text, "value": one.values[index]}
                for text, index in zip(labels, points, strict=True)
            ],
        }
        for name, one in zip(names, series, strict=True)
    ]
    return {
        "type": "data_visualization",
        "title": label(chart.title, 50),
        "chart": {"type": chart.shape, "series": drawn, "axis_config": {"categories": labels}},
    }


def _reported(values: tuple[float | None, ...], index: int) -> bool:
    value = values[index] if index < len(values) else None
    return value is not None and math.isfinite(value)
