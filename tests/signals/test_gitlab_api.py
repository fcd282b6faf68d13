"""Asking GitLab: what a project's history, pipelines, deployments and files tell, and nothing when nothing changed."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.playground.bolt_app import served
from tests.signals import payloads as p
from tests.signals.kit import a_pilot, running

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
AT = "2026-11-17T10:00:00.000+01:00"
ROOT = "/api/v4"


def commit(
    n: int, title: str, name: str = "Mara Lindqvist", *parents: int, email: str = "mara@example.org"
) -> p.Json:
    return {
        "id": p.sha(n),
        "parent_ids": [p.sha(one) for one in parents],
        "title": title,
        "message": title,
        "author_name": name,
        "author_email": email,
        "authored_date": AT,
        "committed_date": AT,
        "web_url": f"https://gitlab.example/acme/x/-/commit/{p.sha(n)}",
    }


def answers(host: str) -> dict[str, Any]:
    """Path → what GitLab says there."""
    web = f"http://{host}/acme/sub/x"
    robot = "project_15_bot_4f@noreply.gitlab.example"
    commits = [
        commit(5, "Merge branch 'bump' into 'main'", "Linh Tran", 3, 4),
        commit(4, "Bump ruff", "ci", 2, email=robot),
        commit(3, "Lock only", "Linh Tran", 2),
        commit(2, "Danish tone guide", "Mara Lindqvist", 1),
        commit(1, "Base", "ci", email=robot),
    ]
    pipelines = [
        {"id": 33, "ref": "main", "source": "schedule", "status": "success"},
        {"id": 32, "ref": "main", "source": "push", "status": "success"},
        {"id": 31, "ref": "danish", "source": "web", "status": "failed", "name": "Evaluation"},
    ]
    for run in pipelines:
        run |= {"created_at": AT, "updated_at": AT, "web_url": f"{web}/-/pipelines/{run['id']}"}
    deployments = [
        {"id": 16, "status": "success", "pipeline": 33},
        {"id": 15, "status": "success", "pipeline": 32},
    ]
    made = [
        {
            "id": one["id"],
            "status": one["status"],
            "created_at": AT,
            "updated_at": AT,
            "user": {"username": "mara"},
            "environment": {"name": "staging"},
            "deployable": {
                "id": 700,
                "commit": {"title": f"Release {one['id']}"},
                "pipeline": {"id": one["pipeline"], "web_url": f"{web}/-/pipelines/{one['pipeline']}"},
            },
        }
        for one in deployments
    ]
    files = ["src/app.py", "Dockerfile", ".gitlab-ci.yml"]
    here = "/projects/acme%2Fsub%2Fx"
    return {
        here: {"id": 15, "default_branch": "main", "web_url": web},
        f"{here}/repository/commits": commits,
        f"{here}/repository/commits/{p.sha(2)}/diff": [{"old_path": "src/app.py", "new_path": "src/app.py"}],
        f"{here}/repository/commits/{p.sha(3)}/diff": [{"old_path": "uv.lock", "new_path": "uv.lock"}],
        f"{here}/pipelines": pipelines,
        f"{here}/pipelines/31": pipelines[2] | {"user": {"username": "mara"}},
        f"{here}/deployments": made,
        f"{here}/repository/tree": [
            {"id": p.sha(n), "path": path, "type": "blob"} for n, path in enumerate(files)
        ],
        f"{here}/repository/files/Dockerfile/raw": "CMD python -m app",
        f"{here}/repository/files/.gitlab-ci.yml/raw": "a:\n  script: [pytest, python -m evals, docker build .]",
    }


async def test_a_project_is_read_and_then_only_asked_whether_it_changed(tmp_path: Path) -> None:
    book: list[tuple[str, int]] = []
    told: dict[str, Any] = {}

    async def endpoint(request: Request) -> Response:
        path = request.scope["raw_path"].decode().split("?")[0].removeprefix(ROOT)
        assert request.headers["private-token"] == "t0ken"
        if path not in told:
            book.append((path, 404))
            return PlainTextResponse('{"message": "404 Not found"}', 404)
        body = told[path] if isinstance(told[path], str) else json.dumps(told[path])
        etag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        status = 304 if request.headers.get("if-none-match") == etag else 200
        book.append((path, status))
        return Response(body if status == 200 else "", status, {"etag": etag})

    async with served(Starlette(routes=[Route("/{path:path}", endpoint)])) as address:
        host = address.removeprefix("http://")
        told |= answers(host)
        pilot = a_pilot(link=f"{address}/acme/sub/x")
        async with running(
            tmp_path, pilot, now=NOW, gitlab_token="t0ken", gitlab_api_url=address + ROOT
        ) as here:
            assert await here.app.tasks.fetch() == 1
            assert sorted((one.kind, one.text, one.counts.value) for one in here.activities()) == [
                ("deploy", "Release 15 to staging", "pulse"),
                ("deploy", "Release 16 to staging", "no"),
                ("merge", "Base", "no"),
                ("merge", "Danish tone guide", "pulse"),
                ("merge", "Lock only", "no"),
                ("run", "Evaluation (web)", "pulse"),
            ]
            items = {item.code: (item.state, item.by) for item in here.record().items}
            assert items == dict.fromkeys(("I1", "I2", "I3", "I4"), ("done", "GitLab"))
            assert 404 not in {status for _, status in book}
            book.clear()
            for _ in range(3):
                here.clock.advance(hours=1)
                assert await here.app.tasks.fetch() == 1
            assert {status for _, status in book} == {304}
            assert len(book) == 9, "commits, pipelines and deployments, three times"
            assert len(here.activities()) == 6
