"""GitHub's webhooks: whose they are, and what they tell.

https://docs.github.com/webhooks/webhook-events-and-payloads: push, pull_request, deployment, deployment_status,
workflow_run. Everything else (issues, stars, labels, reviews) says nothing about a pilot's life.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.signals.places import Repository, place_of
from bot.signals.sighting import Change, Sighting, body_of, inside, moment, number, rows, table, title, word
from bot.signals.sighting import strings as paths_in

SOURCE = "github"
#: A merge of two lines brings commits and adds nothing of its own.
MERGES = re.compile(r"^Merge (?:pull request #\d+|branch\b|remote-tracking branch\b|commit\b|tag\b)")
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_ADDRESS_OF_A_ROBOT = re.compile(r"(?:^|[+])[^@]*\[bot\]@", re.IGNORECASE)
#: The branches that robots make: whoever merges one, its content is a robot's.
_BRANCH_OF_A_ROBOT = re.compile(
    r"^Merge pull request #\d+ from [^/\s]+/(?:dependabot|renovate|pre-commit-ci|snyk|imgbot)\b"
)
#: A run that a person starts with a button or a form.
BY_HAND = frozenset({"workflow_dispatch"})
#: A clock set it off, GitHub itself (pages, scans) or another run, of which nobody says here what set that off; a push
#: that did has counted.
BY_CLOCK = frozenset({"schedule", "workflow_run", "dynamic"})


def verify(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether GitHub signed exactly these bytes with our secret.

    Args:
        headers: by their names in lower case.

    """
    given = headers.get("x-hub-signature-256", "")
    if not _SIGNATURE.fullmatch(given) or not secret:
        return False
    return hmac.compare_digest("sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), given)


def delivery(headers: Mapping[str, str], body: bytes) -> str:
    """The id that a redelivery bears as well."""
    return headers.get("x-github-delivery", "")[:100] or hashlib.sha256(body).hexdigest()


def subject(headers: Mapping[str, str]) -> str:
    """The kind of request, without which its body cannot be read."""
    return headers.get("x-github-event", "")[:60]


def parse(event: str, body: bytes) -> list[Sighting]:
    """What a request tells; empty where it tells nothing of a pilot's life.

    Raises:
        Unreadable: the body is no JSON object.

    """
    data = body_of(body)
    where = repository_of(data)
    if where is None:
        return []
    match event:
        case "push":
            return _push(data, where)
        case "pull_request":
            return _merged(data, where)
        case "deployment" | "deployment_status":
            return _deployment(data, where)
        case "workflow_run":
            run = table(data, "workflow_run")
            return [run_of(run, where)] if number(run, "id") is not None else []
    return []


def repository_of(data: Mapping[str, Any]) -> Repository | None:
    """The repository of a payload."""
    place = place_of(word(data, "repository", "html_url", most=500))
    return place.repository if place else None


def robot(account: Mapping[str, Any]) -> bool:
    """Whether an account is an app's by its kind, whatever it is called."""
    return word(account, "type") == "Bot" or word(account, "login").endswith("[bot]")


def _push(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    branch = word(data, "repository", "default_branch") or "main"
    if inside(data, "ref") != f"refs/heads/{branch}" or inside(data, "deleted") is True:
        return []
    rewritten = inside(data, "forced") is True
    steps: list[Sighting] = []
    brought: list[Mapping[str, Any]] = []
    for commit in rows(data, "commits"):
        if not word(commit, "id"):
            continue
        if MERGES.match(title(str(inside(commit, "message") or ""))):
            steps.append(_step(commit, brought, where, rewritten=rewritten))
            brought = []
        else:
            brought.append(commit)
    return [*steps, *(_step(commit, [], where, rewritten=rewritten) for commit in brought)]


def _step(
    commit: Mapping[str, Any], brought: Sequence[Mapping[str, Any]], where: Repository, *, rewritten: bool
) -> Sighting:
    """One step of the main branch: a commit, or a merge with the commits that it brought."""
    changes = tuple(_change(one) for one in brought) or (_change(commit),)
    return Sighting(
        source=SOURCE,
        kind="rebase" if rewritten else "merge",
        key=f"commit/{word(commit, 'id')}",
        covers=tuple(f"commit/{word(one, 'id')}" for one in brought),
        repository=where,
        at=moment(commit, "timestamp"),
        changes=changes,
        rewritten=rewritten,
        link=word(commit, "url", most=500),
    )


def _change(commit: Mapping[str, Any]) -> Change:
    author = table(commit, "author")
    touched = {path for how in ("added", "modified", "removed") for path in paths_in(commit, how)}
    text = title(str(inside(commit, "message") or ""))
    # A merge of two lines lists no files; that says nothing about what it brought.
    told = bool(touched) or not MERGES.match(text)
    listed = all(isinstance(inside(commit, how), list) for how in ("added", "modified", "removed"))
    return Change(
        actor=word(author, "username") or word(author, "name"),
        text=text,
        robot=robot_by_address(word(author, "email")) or merges_a_robots(text),
        paths=tuple(sorted(touched)) if told and listed else None,
    )


def robot_by_address(email: str) -> bool:
    """Whether an address is one that GitHub gives to apps: 49699333+dependabot[bot]@users.noreply.github.com."""
    return _ADDRESS_OF_A_ROBOT.search(email) is not None


def merges_a_robots(text: str) -> bool:
    """Whether a commit says that it merges a robot's branch."""
    return _BRANCH_OF_A_ROBOT.match(text) is not None


def _merged(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    pull = table(data, "pull_request")
    branch = word(data, "repository", "default_branch") or "main"
    sha = word(pull, "merge_commit_sha")
    merged = inside(data, "action") == "closed" and inside(pull, "merged") is True
    if not merged or not sha or word(pull, "base", "ref") != branch:
        return []
    author = table(pull, "user")
    return [
        Sighting(
            source=SOURCE,
            kind="merge",
            key=f"commit/{sha}",
            repository=where,
            at=moment(pull, "merged_at"),
            changes=(
                Change(
                    actor=word(author, "login"),
                    text=title(str(inside(pull, "title") or "")),
                    robot=robot(author),
                ),
            ),
            patient=True,
            link=word(pull, "html_url", most=500),
        )
    ]


def _deployment(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    made = table(data, "deployment")
    if word(data, "deployment_status", "state") == "inactive" or number(made, "id") is None:
        return []
    return [deployment_of(made, where, run=table(data, "workflow_run"))]


def deployment_of(
    made: Mapping[str, Any], where: Repository, *, run: Mapping[str, Any] | None = None
) -> Sighting:
    """A deployment, as a webhook and the API tell it; `run` is the workflow run it came from, where it is told."""
    run = run or {}
    starter = table(run, "triggering_actor") or table(run, "actor") or table(made, "creator")
    environment = word(made, "environment")
    what = title(str(inside(made, "description") or "")) or f"{word(made, 'ref')} deployed"
    return Sighting(
        source=SOURCE,
        kind="deploy",
        key=f"deploy/{number(made, 'id')}",
        repository=where,
        at=moment(made, "created_at"),
        changes=(
            Change(
                actor=word(starter, "login"),
                text=f"{what} to {environment}" if environment else what,
                robot=robot(starter),
            ),
        ),
        by_hand=word(run, "event") not in BY_CLOCK,
        link=word(run, "html_url", most=500),
    )


def run_of(run: Mapping[str, Any], where: Repository) -> Sighting:
    """A workflow run, as a webhook and the API tell it; only one that a person started may count."""
    starter = table(run, "triggering_actor") or table(run, "actor")
    cause = word(run, "event")
    name = word(run, "name") or word(run, "path")
    return Sighting(
        source=SOURCE,
        kind="run",
        key=f"run/{number(run, 'id')}",
        repository=where,
        at=moment(run, "run_started_at") or moment(run, "created_at"),
        changes=(
            Change(actor=word(starter, "login"), text=f"{name} ({cause})".strip(), robot=robot(starter)),
        ),
        by_hand=cause in BY_HAND,
        link=word(run, "html_url", most=500),
    )
