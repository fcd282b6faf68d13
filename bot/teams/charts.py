"""Table → rows of columns, Chart → Teams' chart element. No I/O.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/charts-in-adaptive-cards
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from bot.messages.model import Chart, Series, Table
from bot.teams import markdown

Element = dict[str, Any]

_MOST_COLUMNS, _MOST_CELL = 8, 100
_MOST_SERIES, _MOST_POINTS, _MOST_NAME = 6, 20, 40
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def table_rows(table: Table) -> Iterator[Element]:
    """A header and a row each; a Table element would need clients that know it, columns are known to all."""
    width = min(max(len(table.columns), 1), _MOST_COLUMNS)
    if table.columns:
        yield _row(table.columns, width, header=True)
    for row in table.rows:
        yield _row(row, width)


def _row(cells: tuple[str, ...], width: int, *, header: bool = False) -> Element:
    """As many cells as the header has; what is beyond stands in the last one."""
    padded = (*cells, *("",) * width)[: max(width, len(cells))]
    shown = (*padded[: width - 1], " · ".join(cell for cell in padded[width - 1 :] if cell))
    row: Element = {"type": "ColumnSet", "columns": [_column(cell, header=header) for cell in shown]}
    return row | ({"separator": True} if header else {"spacing": "small"})


def _column(cell: str, *, header: bool) -> Element:
    """An empty cell is drawn as a dash, which a screen reader also says."""
    block: Element = {
        "type": "TextBlock",
        "text": markdown.words(cell, _MOST_CELL),
        "wrap": True,
    }
    if header:
        block["weight"] = "bolder"
    return {"type": "Column", "width": "stretch", "items": [block]}


def chart_element(chart: Chart) -> Element | None:
    """A line or bars; None where Teams could not draw it truthfully. A client without charts leaves it out.

    A line's places are dates or numbers; between names there is nothing to connect, so those are drawn as bars.
    """
    series = chart.series[:_MOST_SERIES]
    places = range(len(chart.categories))
    shown = places[-_MOST_POINTS:] if chart.shape == "line" else places[:_MOST_POINTS]
    dated = all(_DATE.fullmatch(chart.categories[index]) for index in shown)
    data = [
        {"legend": _name(one.name), "values": values}
        for one in series
        if (values := _points(chart, one, shown))
    ]
    if not data or len({_name(chart.categories[index]) for index in shown}) < len(shown):
        return None
    element: Element = {"type": "Chart.Line", "data": data}
    if chart.shape == "bar" or not dated:
        single = len(data) == 1
        element = {
            "type": "Chart.VerticalBar" if single else "Chart.VerticalBar.Grouped",
            "data": data[0]["values"] if single else data,
        }
    return element | {"title": markdown.label(chart.title, 80), "fallback": "drop"}


def _points(chart: Chart, series: Series, shown: range) -> list[Element]:
    """A point without a number is left out: nothing unreported is drawn as zero."""
    return [
        {"x": _name(chart.categories[index]), "y": value}
        for index in shown
        if index < len(series.values) and (value := series.values[index]) is not None and math.isfinite(value)
    ]


def _name(text: str) -> str:
    return markdown.label(text, _MOST_NAME)
