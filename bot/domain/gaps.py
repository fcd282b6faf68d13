"""The gap: which of the reasons why pilots die holds up most of the running ones, and what most of those lack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.findings import Kind
from bot.domain.seen import Seen, has, is_running
from bot.domain.stages import JUDGED, Stage


class Pattern(StrEnum):
    """Why pilots die."""

    METRIC = "M"
    INFRASTRUCTURE = "I"
    DATA = "D"
    ORGANISATION = "O"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """The pattern that holds up most running pilots, and what most of those lack."""

    pattern: Pattern
    blocked: int
    running: int
    #: The commonest lack inside the pattern: ``lack`` of ``lack_of`` pilots that should have it.
    words: str
    lack: int
    lack_of: int


#: A pattern needs so many running pilots.
_PATTERN_NEEDS = 5
_PATTERN_OF = {
    Kind.NO_METRIC: Pattern.METRIC,
    Kind.BLIND: Pattern.METRIC,
    Kind.OFF_PACE: Pattern.METRIC,
    Kind.WATERMELON: Pattern.METRIC,
    Kind.GUARDRAIL_BROKEN: Pattern.METRIC,
    Kind.PROGRESSLESS: Pattern.INFRASTRUCTURE,
    Kind.ORPHANED: Pattern.ORGANISATION,
    Kind.SILENT: Pattern.ORGANISATION,
    Kind.SAME_BLOCKER: Pattern.ORGANISATION,
    Kind.OVERDUE: Pattern.ORGANISATION,
    Kind.SNOOZE_LIMIT: Pattern.ORGANISATION,
    Kind.REPEATED_ANSWER: Pattern.ORGANISATION,
    Kind.SPONSOR_QUIET: Pattern.ORGANISATION,
}
_MADE = (Stage.BUILD, Stage.TRIAL, Stage.ROLLOUT)


@dataclass(frozen=True, kw_only=True)
class _Lack:
    """Something a pilot of some stages should have. A fact that nobody records is unknown, not lacking."""

    pattern: Pattern
    words: str
    stages: tuple[Stage, ...]
    has: Callable[[Seen], bool]
    #: Counted even where no pilot has it: the rules themselves found it missing.
    found: bool = False


def _item_done(one: Seen, *codes: str) -> bool:
    done = {item.code for item in one.record.items if item.state == "done"}
    return all(code in done for code in codes)


_RUNNING = (Stage.IDEA, Stage.FRAMED, *_MADE)
_LACKS = (
    _Lack(
        pattern=Pattern.METRIC,
        words="have no agreed number",
        stages=_RUNNING,
        has=lambda one: not has(one, Kind.NO_METRIC),
        found=True,
    ),
    _Lack(
        pattern=Pattern.METRIC,
        words="have no current number",
        stages=_RUNNING,
        has=lambda one: not has(one, Kind.BLIND),
        found=True,
    ),
    _Lack(
        pattern=Pattern.METRIC,
        words="are behind the calendar",
        stages=JUDGED,
        has=lambda one: not has(one, Kind.OFF_PACE),
        found=True,
    ),
    _Lack(
        pattern=Pattern.INFRASTRUCTURE,
        words="have no repository",
        stages=_MADE,
        has=lambda one: "repo" in one.pilot.links,
    ),
    _Lack(
        pattern=Pattern.INFRASTRUCTURE,
        words="lack the week-one items I1 to I4",
        stages=_MADE,
        has=lambda one: _item_done(one, "I1", "I2", "I3", "I4"),
    ),
    _Lack(
        pattern=Pattern.DATA,
        words="lack a data owner",
        stages=_MADE,
        has=lambda one: one.pilot.data_owner is not None or _item_done(one, "D1"),
    ),
    _Lack(
        pattern=Pattern.DATA,
        words="lack a quality check",
        stages=JUDGED,
        has=lambda one: _item_done(one, "D4"),
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="have no owner",
        stages=_RUNNING,
        has=lambda one: not has(one, Kind.ORPHANED),
        found=True,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="had no word for too long",
        stages=_RUNNING,
        has=lambda one: not has(one, Kind.SILENT),
        found=True,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="wait for the same blocker",
        stages=_RUNNING,
        has=lambda one: not has(one, Kind.SAME_BLOCKER),
        found=True,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="lack a backup",
        stages=_RUNNING,
        has=lambda one: one.pilot.backup is not None,
    ),
    _Lack(
        pattern=Pattern.ORGANISATION,
        words="lack a run owner",
        stages=JUDGED,
        has=lambda one: one.pilot.run_owner is not None,
    ),
)


def gap(mine: Sequence[Seen]) -> Gap | None:
    """Which pattern holds up most running pilots. None where nothing is held up, or too few run to speak of a pattern."""
    running = [one for one in mine if is_running(one)]
    if len(running) < _PATTERN_NEEDS:
        return None
    blocked: dict[Pattern, set[str]] = {pattern: set() for pattern in Pattern}
    worst: dict[Pattern, tuple[int, int, str]] = {}
    for one in running:
        for finding in one.picture.findings:
            if finding.kind in _PATTERN_OF:
                blocked[_PATTERN_OF[finding.kind]].add(one.pilot.id)
    for lack in _LACKS:
        concerned = [one for one in running if one.pilot.stage in lack.stages]
        without = [one for one in concerned if not lack.has(one)]
        if not without or (not lack.found and len(without) == len(concerned)):
            continue
        blocked[lack.pattern] |= {one.pilot.id for one in without}
        if (len(without), len(concerned)) > worst.get(lack.pattern, (0, 0, ""))[:2]:
            worst[lack.pattern] = (len(without), len(concerned), lack.words)
    pattern = max(worst, key=lambda one: (len(blocked[one]), worst[one][0]), default=None)
    if pattern is None:
        return None
    lacking, of, words = worst[pattern]
    return Gap(
        pattern=pattern,
        blocked=len(blocked[pattern]),
        running=len(running),
        words=words,
        lack=lacking,
        lack_of=of,
    )
