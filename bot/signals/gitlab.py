"""GitLab's webhooks: whose they are, and what they tell.

https://docs.gitlab.com/user/project/integrations/webhook_events: push, merge request, pipeline and deployment hooks. A
hook is known by its signing token (an HMAC in `webhook-signature`, after the Standard Webhooks specification) or by its
older secret token, which is sent as it is in `X-Gitlab-Token`.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.signals.places import Repository, place_of
from bot.signals.sighting import Change, Sighting, body_of, inside, moment, number, rows, table, title, word
from bot.signals.sighting import strings as paths_in

SOURCE = "gitlab"
#: The Standard Webhooks specification asks for a tolerance; its libraries use five minutes.
_AGE = timedelta(minutes=5)
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_MERGES = re.compile(r"^Merge (?:branch\b|remote-tracking branch\b|commit\b|tag\b|request\b)")
#: Users that a project's or group's access token makes, and service accounts.
_ROBOT = re.compile(r"^(?:(?:project|group)_\d+_bot|service_account_|ghost\d*$|.*-bot\d*$)", re.IGNORECASE)
#: A pipeline that a person starts with the button.
BY_HAND = frozenset({"web", "webide"})
#: A clock set it off, or another pipeline did, of which nobody says here what set that off; a push that did has counted.
BY_CLOCK = frozenset({"schedule", "parent_pipeline", "pipeline"})
NOTHING = "0" * 40


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Whether the request bears our signing token's signature, fresh, or our secret token.

    Args:
        headers: by their names in lower case.
        secret: `whsec_…` is a signing token, and then nothing but its signature is taken; anything else a secret token.

    """
    if not secret:
        return False
    if secret.startswith("whsec_"):
        return _signed(headers, body, secret, now)
    return hmac.compare_digest(headers.get("x-gitlab-token", "").encode(), secret.encode())


def _signed(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if (
        not name
        or not _TIMESTAMP.fullmatch(stamp)
        or abs(now.timestamp() - int(stamp)) > _AGE.total_seconds()
    ):
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    told = f"{name}.{stamp}.".encode("utf-8", "replace") + body
    expected = "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    # Several signatures stand there while a key is changed.
    return any(
        hmac.compare_digest(one.encode("utf-8", "replace"), expected.encode())
        for one in headers.get("webhook-signature", "").split(" ")
    )


def delivery(headers: Mapping[str, str], body: bytes) -> str:
    """The id that a retry bears as well; the older event id is shared by hooks that set each other off."""
    named = headers.get("webhook-id") or headers.get("idempotency-key")
    return (named or hashlib.sha256(body).hexdigest())[:100]


def subject(headers: Mapping[str, str]) -> str:
    """The kind of request; its body says it as well."""
    return headers.get("x-gitlab-event", "")[:60]


def parse(_: str, body: bytes) -> list[Sighting]:
    """What a request tells; empty where it tells nothing of a pilot's life.

    Raises:
        Unreadable: the body is no JSON object.

    """
    data = body_of(body)
    place = place_of(word(data, "project", "web_url", most=500))
    if place is None:
        return []
    match inside(data, "object_kind"):
        case "push":
            return _push(data, place.repository)
        case "merge_request":
            return _merged(data, place.repository)
        case "pipeline":
            return _pipeline(data, place.repository)
        case "deployment":
            return _deployment(data, place.repository)
    return []


def robot(username: str) -> bool:
    """Whether a user is an access token's or a service account."""
    return _ROBOT.match(username) is not None


def robot_by_address(email: str) -> bool:
    """Whether an address is that of such a user: project_15_bot_4ff1@noreply.gitlab.example."""
    return _ROBOT.match(email.split("@", 1)[0]) is not None


def merges(text: str) -> bool:
    """Whether a commit only joins two lines."""
    return _MERGES.match(text) is not None


def _push(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    branch = word(data, "project", "default_branch") or "main"
    if inside(data, "ref") != f"refs/heads/{branch}" or inside(data, "after") == NOTHING:
        return []
    steps: list[Sighting] = []
    brought: list[Mapping[str, Any]] = []
    for commit in rows(data, "commits"):
        if not word(commit, "id"):
            continue
        if merges(title(str(inside(commit, "message") or ""))):
            steps.append(_step(commit, brought, data, where))
            brought = []
        else:
            brought.append(commit)
    return [*steps, *(_step(commit, [], data, where) for commit in brought)]


def _step(
    commit: Mapping[str, Any],
    brought: Sequence[Mapping[str, Any]],
    push: Mapping[str, Any],
    where: Repository,
) -> Sighting:
    """One step of the main branch: a commit, or a merge with the commits that it brought."""
    return Sighting(
        source=SOURCE,
        kind="merge",
        key=f"commit/{word(commit, 'id')}",
        covers=tuple(f"commit/{word(one, 'id')}" for one in brought),
        repository=where,
        at=moment(commit, "timestamp"),
        changes=tuple(_change(one, push) for one in brought) or (_change(commit, push),),
        link=word(commit, "url", most=500),
    )


def _change(commit: Mapping[str, Any], push: Mapping[str, Any]) -> Change:
    author = table(commit, "author")
    name, email = word(author, "name"), word(author, "email")
    # A commit knows a name and an address; the one who pushed is known by username.
    pusher = word(push, "user_username")
    own = bool(pusher) and (
        email.casefold() == word(push, "user_email").casefold() != "" or name == word(push, "user_name")
    )
    touched = {path for how in ("added", "modified", "removed") for path in paths_in(commit, how)}
    text = title(str(inside(commit, "message") or ""))
    listed = all(isinstance(inside(commit, how), list) for how in ("added", "modified", "removed"))
    return Change(
        actor=pusher if own else name,
        text=text,
        robot=robot_by_address(email) or (own and robot(pusher)),
        paths=tuple(sorted(touched)) if listed and (touched or not merges(text)) else None,
    )


def _merged(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    request = table(data, "object_attributes")
    branch = word(data, "project", "default_branch") or "main"
    if inside(request, "action") != "merge" or word(request, "target_branch") != branch:
        return []
    sha = (
        word(request, "merge_commit_sha")
        or word(request, "squash_commit_sha")
        or word(request, "last_commit", "id")
    )
    if not sha:
        return []
    # The request names who pressed merge; who wrote it is known by the last commit.
    author = table(request, "last_commit", "author")
    presser = table(data, "user")
    own = number(presser, "id") is not None and number(presser, "id") == number(request, "author_id")
    actor = word(presser, "username") if own else word(author, "name")
    return [
        Sighting(
            source=SOURCE,
            kind="merge",
            key=f"commit/{sha}",
            repository=where,
            at=moment(request, "merged_at") or moment(request, "updated_at"),
            changes=(
                Change(
                    actor=actor,
                    text=title(str(inside(request, "title") or "")),
                    robot=robot(actor) or robot_by_address(word(author, "email")),
                ),
            ),
            patient=True,
            link=word(request, "url", most=500),
        )
    ]


def _pipeline(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    run = table(data, "object_attributes")
    if number(run, "id") is None:
        return []
    cause = word(run, "source")
    user = word(data, "user", "username")
    # Only a job with an environment deploys; older versions do not say which has one.
    deploys = [job for job in rows(data, "builds") if inside(job, "environment") or "environment" not in job]
    jobs = tuple(f"job/{found}" for job in deploys if (found := number(job, "id")) is not None)
    return [
        Sighting(
            source=SOURCE,
            kind="run",
            key=f"run/{number(run, 'id')}",
            repository=where,
            at=moment(run, "created_at"),
            changes=(
                Change(
                    actor=user,
                    text=f"{word(run, 'name') or 'Pipeline on ' + word(run, 'ref')} ({cause})",
                    robot=robot(user),
                ),
            ),
            by_hand=cause in BY_HAND,
            scheduled_jobs=jobs if cause in BY_CLOCK else (),
            started_jobs=() if cause in BY_CLOCK else jobs,
            link=word(run, "url", most=500),
        )
    ]


def _deployment(data: Mapping[str, Any], where: Repository) -> list[Sighting]:
    if number(data, "deployment_id") is None:
        return []
    user = word(data, "user", "username")
    job = number(data, "deployable_id")
    environment = word(data, "environment")
    return [
        Sighting(
            source=SOURCE,
            kind="deploy",
            key=f"deploy/{number(data, 'deployment_id')}",
            repository=where,
            at=moment(data, "status_changed_at"),
            changes=(
                Change(
                    actor=user,
                    text=f"{title(str(inside(data, 'commit_title') or '')) or 'deployed'} to {environment}",
                    robot=robot(user),
                ),
            ),
            job=f"job/{job}" if job is not None else "",
            # The pipeline's own hook says whether a schedule started it.
            patient=job is not None,
            link=word(data, "deployable_url", most=500),
        )
    ]
