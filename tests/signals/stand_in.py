"""A stand-in for GitHub's API over real HTTP: history, runs, deployments, files; etags, pages, limits and bad days.

It keeps a book of every request, and of every one that came while it had asked for patience.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.signals.payloads import account

Json = dict[str, Any]
ROOT = "/api/v3"
TOKEN = "made-up-token"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(kw_only=True)
class Made:
    """One commit of the stand-in."""

    sha: str
    parents: tuple[str, ...]
    login: str
    message: str
    paths: tuple[str, ...]
    at: datetime
    written_at: datetime


@dataclass(kw_only=True)
class Repo:
    """One repository of the stand-in; commits newest last."""

    name: str
    host: str
    commits: dict[str, Made] = field(default_factory=dict)
    head: str = ""
    files: dict[str, str] = field(default_factory=dict)
    runs: list[Json] = field(default_factory=list)
    deployments: list[Json] = field(default_factory=list)
    statuses: dict[int, list[Json]] = field(default_factory=dict)
    made: int = 0
    #: What a merge calls itself.
    merges: str = "Merge pull request #{number} from acme/branch-{number}"

    def commit(
        self,
        message: str,
        login: str,
        at: datetime,
        *,
        paths: tuple[str, ...] = ("src/app.py",),
        parents: tuple[str, ...] | None = None,
        written_at: datetime | None = None,
        move: bool = True,
    ) -> Made:
        """Adds a commit; on the main branch unless it does not `move` its head."""
        self.made += 1
        one = Made(
            sha=hashlib.sha1(f"{self.name} {self.made}".encode(), usedforsecurity=False).hexdigest(),
            parents=(self.head,) if parents is None and self.head else parents or (),
            login=login,
            message=message,
            paths=paths,
            at=at,
            written_at=written_at or at,
        )
        self.commits[one.sha] = one
        if move:
            self.head = one.sha
        return one

    def merge(self, brought: list[Made], number: int, login: str, at: datetime) -> Made:
        """Merges a branch with a merge commit."""
        paths = tuple(sorted({path for one in brought for path in one.paths}))
        words = self.merges.format(number=number)
        return self.commit(words, login, at, paths=paths, parents=(self.head, brought[-1].sha))

    def run(self, event: str, login: str, at: datetime, *, path: str, conclusion: str = "success") -> Json:
        """Adds a finished workflow run."""
        number = 1000 + len(self.runs)
        run = {
            "id": number,
            "name": path.rsplit("/", 1)[-1].split(".", maxsplit=1)[0],
            "path": path,
            "head_branch": "main",
            "event": event,
            "status": "completed",
            "conclusion": conclusion,
            "html_url": f"https://{self.host}/{self.name}/actions/runs/{number}",
            "created_at": _iso(at),
            "run_started_at": _iso(at),
            "updated_at": _iso(at),
            "actor": account(login),
            "triggering_actor": account(login),
        }
        self.runs.append(run)
        return run

    def deploy(self, login: str, at: datetime, *, run: Json | None = None, state: str = "success") -> Json:
        """Adds a deployment with its status."""
        number = 5000 + len(self.deployments)
        made = {
            "id": number,
            "ref": "main",
            "environment": "staging",
            "description": f"Release {number}",
            "creator": account(login),
            "created_at": _iso(at),
            "updated_at": _iso(at),
            "performed_via_github_app": {"slug": "github-actions"} if run else None,
        }
        self.deployments.append(made)
        log = run["html_url"] + "/job/1" if run else ""
        self.statuses[number] = [{"id": 1, "state": state, "log_url": log, "created_at": _iso(at)}]
        return made

    def listing(self, start: str = "") -> list[Made]:
        """Everything reachable from the head, newest first, the head before all."""
        found: dict[str, Made] = {}
        waiting = [start or self.head]
        while waiting:
            sha = waiting.pop()
            if sha in self.commits and sha not in found:
                found[sha] = self.commits[sha]
                waiting += self.commits[sha].parents
        order = {sha: at for at, sha in enumerate(self.commits)}
        return sorted(
            found.values(),
            key=lambda one: (one.sha == (start or self.head), one.at, order[one.sha]),
            reverse=True,
        )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the book."""

    at: datetime
    path: str
    status: int
    conditional: bool


@dataclass(kw_only=True)
class StandIn:
    """The host."""

    clock: Callable[[], datetime]
    repos: dict[str, Repo] = field(default_factory=dict)
    book: list[Entry] = field(default_factory=list)
    #: Requests that came while it had asked for patience.
    impatient: list[str] = field(default_factory=list)
    #: Requests an hour that are not answered "not modified".
    limit: int = 5000
    #: How often the last one was used up.
    exhausted: int = 0
    #: Says whether a request fails, and how.
    fault: Callable[[str], int | None] = lambda _: None
    #: A tree is cut after so many entries.
    most_entries: int = 100_000
    #: Old name → new one: asked under the old, it redirects.
    moved: dict[str, str] = field(default_factory=dict)
    _used: int = 0
    _window: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    _patience: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    def app(self) -> Starlette:
        """As an ASGI application."""
        return Starlette(
            routes=[Route(ROOT + "/{path:path}", self.answer), Route("/{path:path}", self.astray)]
        )

    async def astray(self, request: Request) -> Response:
        """Nothing is ever asked outside of the API."""
        self.impatient.append(f"astray: {request.url.path}")
        return PlainTextResponse("astray", 500)

    async def answer(self, request: Request) -> Response:
        """One request."""
        now, path = self.clock(), request.url.path.removeprefix(ROOT)
        conditional = "if-none-match" in request.headers
        response = self._answer(request, path, now)
        self.book.append(Entry(at=now, path=path, status=response.status_code, conditional=conditional))
        return response

    def _answer(self, request: Request, path: str, now: datetime) -> Response:
        if not self._known(request):
            return PlainTextResponse("Bad credentials", 401)
        if now < self._patience:
            self.impatient.append(path)
        if now >= self._window + timedelta(hours=1):
            self._window, self._used = now, 0
        reset = self._window + timedelta(hours=1)
        limits = {
            f"{self._LIMITS}-limit": str(self.limit),
            f"{self._LIMITS}-reset": str(int(reset.timestamp())),
        }
        failed = self.fault(path)
        if failed == 429:
            self._patience = now + timedelta(seconds=90)
            return PlainTextResponse("secondary rate limit", 429, {"retry-after": "90"})
        if failed is not None:
            return PlainTextResponse("on a bad day", failed)
        if self._used >= self.limit:
            self._patience = reset
            return PlainTextResponse(
                "rate limit exceeded", self._EXHAUSTED, limits | {f"{self._LIMITS}-remaining": "0"}
            )
        if (where := self._elsewhere(request)) is not None:
            self._used += 1
            return Response(status_code=301, headers={"location": where})
        found = self._find(request, path)
        if found is None:
            return PlainTextResponse('{"message": "Not Found"}', 404)
        data, link = found
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            left = {f"{self._LIMITS}-remaining": str(self.limit - self._used)}
            return Response(status_code=304, headers={"etag": etag, **limits, **left})
        self._used += 1
        left = {f"{self._LIMITS}-remaining": str(self.limit - self._used)}
        if self._used >= self.limit:
            self._patience = reset
            self.exhausted += 1
        more = {"link": link} if link else {}
        return Response(
            body, 200, {"etag": etag, "content-type": "application/json", **limits, **left, **more}
        )

    #: How this host calls its limits, and says that one is reached.
    _LIMITS: ClassVar[str] = "x-ratelimit"
    _EXHAUSTED: ClassVar[int] = 403

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    def _elsewhere(self, request: Request) -> str | None:
        """Where a repository is by now, as GitHub says it: the same path below a number."""
        for old, new in self.moved.items():
            whole, path = f"/repos/{old}", request.url.path.removeprefix(ROOT)
            if path == whole or path.startswith(whole + "/"):
                return str(request.url).replace(whole, f"/repos/{new}", 1)
        return None

    def _find(self, request: Request, path: str) -> tuple[Any, str] | None:
        parts = path.strip("/").split("/")
        repo = self.repos.get("/".join(parts[1:3])) if parts[0] == "repos" else None
        if repo is None:
            return None
        match parts[3:]:
            case []:
                return {"full_name": repo.name, "default_branch": "main", "archived": False}, ""
            case ["commits"]:
                return self._page(request, [_listed(repo, one) for one in repo.listing()])
            case ["commits", sha] if sha in repo.commits:
                one = repo.commits[sha]
                return _listed(repo, one) | {"files": [{"filename": path} for path in one.paths]}, ""
            case ["compare", span]:
                first, _, second = span.partition("...")
                there = {one.sha for one in repo.listing(first)}
                new = [one for one in repo.listing(second)[::-1] if one.sha not in there]
                return {"status": "ahead", "commits": [_listed(repo, one) for one in new]}, ""
            case ["actions", "runs"]:
                page, link = self._page(request, repo.runs[::-1])
                return {"total_count": len(repo.runs), "workflow_runs": page}, link
            case ["actions", "runs", number]:
                return repo.runs[int(number) - 1000], ""
            case ["deployments"]:
                return self._page(request, repo.deployments[::-1])
            case ["deployments", number, "statuses"]:
                return repo.statuses.get(int(number), []), ""
            case ["git", "trees", sha]:
                tree = _tree(repo, "" if sha == repo.head else unhashed(sha, repo), request)
                most = self.most_entries
                return {"sha": sha, "tree": tree[:most], "truncated": len(tree) > most}, ""
            case ["contents", *place] if "/".join(place) in repo.files:
                text = repo.files["/".join(place)]
                if "raw" in request.headers.get("accept", ""):
                    return text.encode(), ""
                return {"content": base64.b64encode(text.encode()).decode(), "encoding": "base64"}, ""
        return None

    def _page(self, request: Request, rows: list[Any]) -> tuple[list[Any], str]:
        size, page = (
            int(request.query_params.get("per_page", "30")),
            int(request.query_params.get("page", "1")),
        )
        some = rows[(page - 1) * size : page * size]
        if page * size >= len(rows):
            return some, ""
        whole = request.url.replace(path=request.scope["raw_path"].decode().split("?")[0])
        following = whole.include_query_params(page=page + 1)
        return some, f'<{following}>; rel="next", <{following}>; rel="last"'


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def unhashed(sha: str, repo: Repo) -> str:
    """The folder whose tree has this hash."""
    return next(one for one in _folders(repo) if _hash(one) == sha)


def _folders(repo: Repo) -> list[str]:
    parts = [path.split("/") for path in repo.files]
    return sorted({"/".join(one[:depth]) for one in parts for depth in range(1, len(one))})


def _tree(repo: Repo, folder: str, request: Request) -> list[Json]:
    """What lies below a folder, in the order of its paths; without `recursive` its own level alone."""
    below = f"{folder}/" if folder else ""
    entries = [
        {"path": path.removeprefix(below), "type": kind, "sha": _hash(text)}
        for path, kind, text in sorted(
            [*((path, "blob", text) for path, text in repo.files.items())]
            + [(one, "tree", one) for one in _folders(repo)]
        )
        if path.startswith(below)
    ]
    return [one for one in entries if "recursive" in request.query_params or "/" not in one["path"]]


def _listed(repo: Repo, one: Made) -> Json:
    return {
        "sha": one.sha,
        "html_url": f"https://{repo.host}/{repo.name}/commit/{one.sha}",
        "commit": {
            "message": one.message,
            "author": {"name": one.login, "email": f"{one.login}@example.org", "date": _iso(one.written_at)},
            "committer": {"name": "GitHub", "email": "noreply@github.com", "date": _iso(one.at)},
        },
        "author": account(one.login),
        "committer": account("web-flow"),
        "parents": [{"sha": sha} for sha in one.parents],
    }


# GitLab: the same repositories, as its API tells them.

_CAUSES = {"workflow_dispatch": "web"}


class GitLabStandIn(StandIn):
    """The host as a GitLab."""

    _LIMITS = "ratelimit"
    _EXHAUSTED = 429

    def _known(self, request: Request) -> bool:
        return request.headers.get("private-token") == TOKEN

    def _elsewhere(self, request: Request) -> str | None:
        return None

    def _find(self, request: Request, path: str) -> tuple[Any, str] | None:
        raw = request.scope["raw_path"].decode().split("?")[0].removeprefix(ROOT)
        parts = [unquote(part) for part in raw.strip("/").split("/")]
        repo = self.repos.get(parts[1]) if parts[0] == "projects" and len(parts) > 1 else None
        if repo is None:
            return None
        match parts[2:]:
            case []:
                return {"id": 15, "path_with_namespace": repo.name, "default_branch": "main"}, ""
            case ["repository", "commits"]:
                return self._page(request, [_listed_by_gitlab(repo, one) for one in repo.listing()])
            case ["repository", "commits", sha, "diff"] if sha in repo.commits:
                return self._page(
                    request, [{"old_path": path, "new_path": path} for path in repo.commits[sha].paths]
                )
            case ["repository", "compare"]:
                there = {one.sha for one in repo.listing(request.query_params["from"])}
                new = [one for one in repo.listing(request.query_params["to"])[::-1] if one.sha not in there]
                return {"commits": [_listed_by_gitlab(repo, one) for one in new]}, ""
            case ["pipelines"]:
                return self._page(request, [_pipeline(run) for run in repo.runs[::-1]])
            case ["pipelines", number]:
                run = repo.runs[int(number) - 1000]
                return _pipeline(run) | {"user": {"username": run["actor"]["login"]}}, ""
            case ["deployments"]:
                return self._page(request, [_deployed(repo, one) for one in repo.deployments[::-1]])
            case ["repository", "tree"]:
                return self._page(
                    request,
                    [
                        {"path": path, "type": "blob", "id": hashlib.sha256(text.encode()).hexdigest()[:40]}
                        for path, text in repo.files.items()
                    ],
                )
            case ["repository", "files", place, "raw"] if place in repo.files:
                return repo.files[place].encode(), ""
        return None


def address_of(login: str) -> str:
    """The address that GitLab gives to an access token's user."""
    return f"{login}@noreply.gitlab.example" if "_bot_" in login else f"{login}@example.org"


def _listed_by_gitlab(repo: Repo, one: Made) -> Json:
    return {
        "id": one.sha,
        "parent_ids": list(one.parents),
        "title": one.message.split("\n", 1)[0],
        "message": one.message,
        "author_name": one.login,
        "author_email": address_of(one.login),
        "authored_date": _iso(one.written_at),
        "committer_name": "GitLab",
        "committed_date": _iso(one.at),
        "web_url": f"https://{repo.host}/{repo.name}/-/commit/{one.sha}",
    }


def _pipeline(run: Json) -> Json:
    return {
        "id": run["id"],
        "ref": run["head_branch"],
        "name": run["name"],
        "source": _CAUSES.get(run["event"], run["event"]),
        "status": "success" if run["conclusion"] == "success" else "failed",
        "created_at": run["created_at"],
        "updated_at": run["updated_at"],
        "web_url": run["html_url"].replace("/actions/runs/", "/-/pipelines/"),
    }


def _deployed(repo: Repo, made: Json) -> Json:
    log = repo.statuses[made["id"]][0]["log_url"]
    run = int(log.split("/actions/runs/")[1].split("/")[0]) if log else None
    page = f"https://{repo.host}/{repo.name}/-/pipelines/{run}"
    return {
        "id": made["id"],
        "status": "success",
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "user": {"username": made["creator"]["login"]},
        "environment": {"name": made["environment"]},
        "deployable": {
            "id": made["id"] + 90_000,
            "commit": {"title": made["description"]},
            "pipeline": {"id": run, "web_url": page},
        }
        if run
        else None,
    }
