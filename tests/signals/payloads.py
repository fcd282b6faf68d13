"""Requests as GitHub and GitLab send them, written after their documentation: the fields around ours are there too."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

SECRET = "made-up-for-tests"
#: 32 bytes, as GitLab makes them.
SIGNING_TOKEN = "whsec_" + base64.b64encode(bytes(range(32))).decode()

Json = dict[str, Any]


def bytes_of(payload: Json) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()


# GitHub.


def sha(n: int) -> str:
    return hashlib.sha1(str(n).encode(), usedforsecurity=False).hexdigest()


def account(login: str, *, bot: bool | None = None) -> Json:
    is_bot = login.endswith("[bot]") if bot is None else bot
    return {
        "login": login,
        "id": 21031067,
        "node_id": "MDQ6VXNlcjIxMDMxMDY3",
        "html_url": f"https://github.com/{login}",
        "type": "Bot" if is_bot else "User",
        "site_admin": False,
    }


def repository(name: str = "acme/reply-helper", branch: str = "main") -> Json:
    return {
        "id": 186853002,
        "name": name.split("/")[1],
        "full_name": name,
        "private": True,
        "owner": account(name.split("/", maxsplit=1)[0]),
        "html_url": f"https://github.com/{name}",
        "url": f"https://api.github.com/repos/{name}",
        "clone_url": f"https://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "default_branch": branch,
    }


def commit(
    n: int,
    message: str = "Danish tone guide",
    login: str = "mara-l",
    *,
    paths: tuple[str, ...] = ("src/app.py",),
    at: str = "2026-11-17T10:00:00+01:00",
    email: str = "",
) -> Json:
    author = {"name": login, "email": email or f"{login}@example.org", "username": login}
    return {
        "id": sha(n),
        "tree_id": sha(n + 1000),
        "distinct": True,
        "message": message,
        "timestamp": at,
        "url": f"https://github.com/acme/reply-helper/commit/{sha(n)}",
        "author": author,
        "committer": {"name": "GitHub", "email": "noreply@github.com", "username": "web-flow"},
        "added": [],
        "removed": [],
        "modified": list(paths),
    }


def github_push(*commits: Json, name: str = "acme/reply-helper", **changes: Any) -> Json:
    return {
        "ref": "refs/heads/main",
        "before": sha(0),
        "after": commits[-1]["id"] if commits else "0" * 40,
        "repository": repository(name),
        "pusher": {"name": "mara-l", "email": "mara@example.org"},
        "sender": account("mara-l"),
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": "https://github.com/acme/reply-helper/compare/a...b",
        "commits": list(commits),
        "head_commit": commits[-1] if commits else None,
        **changes,
    }


def github_pull_request(
    *, author: str = "mara-l", title: str = "Danish tone guide", merged: bool = True, n: int = 7
) -> Json:
    return {
        "action": "closed",
        "number": 12,
        "pull_request": {
            "id": 279147437,
            "number": 12,
            "state": "closed",
            "title": title,
            "user": account(author),
            "body": "More words than anybody needs here.",
            "html_url": "https://github.com/acme/reply-helper/pull/12",
            "created_at": "2026-11-16T09:00:00Z",
            "closed_at": "2026-11-17T09:00:00Z",
            "merged_at": "2026-11-17T09:00:00Z" if merged else None,
            "merged": merged,
            "merge_commit_sha": sha(n),
            "merged_by": account("linh"),
            "base": {"ref": "main", "sha": sha(0)},
            "head": {"ref": "danish", "sha": sha(1)},
        },
        "repository": repository(),
        "sender": account("linh"),
    }


def github_deployment(
    *,
    creator: str = "mara-l",
    environment: str = "staging",
    state: str = "",
    n: int = 145988746,
    run: Json | None = None,
    name: str = "acme/reply-helper",
) -> Json:
    made = {
        "url": f"https://api.github.com/repos/{name}/deployments/{n}",
        "id": n,
        "sha": sha(3),
        "ref": "main",
        "task": "deploy",
        "payload": {},
        "environment": environment,
        "description": None,
        "creator": account(creator),
        "created_at": "2026-11-17T11:00:00Z",
        "updated_at": "2026-11-17T11:05:00Z",
    }
    payload: Json = {
        "action": "created",
        "deployment": made,
        "repository": repository(name),
        "sender": account(creator),
        "workflow_run": run,
    }
    if state:
        payload["deployment_status"] = {
            "id": 209916254,
            "state": state,
            "creator": account(creator),
            "description": "",
            "environment": environment,
            "target_url": "",
            "created_at": "2026-11-17T11:05:00Z",
            "updated_at": "2026-11-17T11:05:00Z",
        }
    return payload


def workflow_run(
    event: str = "workflow_dispatch",
    *,
    actor: str = "mara-l",
    n: int = 289782451,
    name: str = "Evaluation",
    conclusion: str | None = "success",
) -> Json:
    return {
        "id": n,
        "name": name,
        "path": ".github/workflows/evaluation.yml",
        "head_branch": "main",
        "head_sha": sha(3),
        "run_number": 562,
        "event": event,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "workflow_id": 2823525,
        "html_url": f"https://github.com/acme/reply-helper/actions/runs/{n}",
        "pull_requests": [],
        "created_at": "2026-11-17T12:00:00Z",
        "updated_at": "2026-11-17T12:10:00Z",
        "actor": account(actor),
        "triggering_actor": account(actor),
        "run_attempt": 1,
        "run_started_at": "2026-11-17T12:00:00Z",
    }


def github_run(event: str = "workflow_dispatch", **changes: Any) -> Json:
    run = workflow_run(event, **changes)
    return {
        "action": "completed",
        "workflow_run": run,
        "workflow": {"id": 2823525, "name": run["name"], "path": run["path"], "state": "active"},
        "repository": repository(),
        "sender": run["actor"],
    }


def github_headers(
    body: bytes, event: str, delivery: str = "72d3162e-cc78-11e3", secret: str = SECRET
) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Delivery": delivery,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "292430182",
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


# GitLab.


def project(path: str = "acme/reply-helper") -> Json:
    return {
        "id": 15,
        "name": path.rsplit("/", 1)[-1],
        "description": "",
        "web_url": f"https://gitlab.example/{path}",
        "avatar_url": None,
        "git_ssh_url": f"git@gitlab.example:{path}.git",
        "git_http_url": f"https://gitlab.example/{path}.git",
        "namespace": "Acme",
        "visibility_level": 0,
        "path_with_namespace": path,
        "default_branch": "main",
        "ci_config_path": None,
    }


def user(username: str = "mara", name: str = "Mara Lindqvist") -> Json:
    return {"id": 4, "name": name, "username": username, "avatar_url": None, "email": "[REDACTED]"}


def gitlab_commit(
    n: int,
    message: str = "Danish tone guide\n\nMore about it.",
    *,
    name: str = "Mara Lindqvist",
    email: str = "mara@example.org",
    paths: tuple[str, ...] = ("src/app.py",),
    at: str = "2026-11-17T10:00:00+01:00",
) -> Json:
    return {
        "id": sha(n),
        "message": message,
        "title": message.split("\n", 1)[0],
        "timestamp": at,
        "url": f"https://gitlab.example/acme/reply-helper/-/commit/{sha(n)}",
        "author": {"name": name, "email": email},
        "added": [],
        "modified": list(paths),
        "removed": [],
    }


def gitlab_push(*commits: Json, pusher: str = "mara", **changes: Any) -> Json:
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": sha(0),
        "after": commits[-1]["id"] if commits else "0" * 40,
        "ref": "refs/heads/main",
        "ref_protected": True,
        "checkout_sha": commits[-1]["id"] if commits else None,
        "user_id": 4,
        "user_name": "Mara Lindqvist",
        "user_username": pusher,
        "user_email": "mara@example.org",
        "project_id": 15,
        "project": project(),
        "commits": list(commits),
        "total_commits_count": len(commits),
        **changes,
    }


def gitlab_merge_request(*, action: str = "merge", n: int = 7, author: str = "Mara Lindqvist") -> Json:
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user("linh", "Linh Tran"),
        "project": project(),
        "object_attributes": {
            "id": 99,
            "iid": 1,
            "target_branch": "main",
            "source_branch": "danish",
            "author_id": 51,
            "title": "Danish tone guide",
            "state": "merged",
            "action": action,
            "merge_commit_sha": sha(n),
            "squash_commit_sha": None,
            "updated_at": "2026-11-17 09:00:00 UTC",
            "url": "https://gitlab.example/acme/reply-helper/-/merge_requests/1",
            "last_commit": {
                "id": sha(1),
                "message": "Danish",
                "author": {"name": author, "email": "mara@example.org"},
            },
        },
        "labels": [],
        "changes": {},
    }


def gitlab_pipeline(source: str = "web", *, username: str = "mara", n: int = 31, job: int = 796) -> Json:
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": n,
            "iid": 3,
            "name": "Evaluation",
            "ref": "main",
            "tag": False,
            "sha": sha(3),
            "before_sha": sha(2),
            "source": source,
            "status": "success",
            "detailed_status": "passed",
            "stages": ["build", "test", "deploy"],
            "created_at": "2026-11-17 12:00:00 UTC",
            "finished_at": "2026-11-17 12:10:00 UTC",
            "duration": 63,
            "url": f"https://gitlab.example/acme/reply-helper/-/pipelines/{n}",
        },
        "user": user(username),
        "project": project(),
        "commit": {"id": sha(3), "message": "test\n", "timestamp": "2026-11-17T10:00:00+01:00"},
        "builds": [{"id": job, "stage": "deploy", "name": "staging", "status": "success", "manual": False}],
    }


def gitlab_deployment(*, username: str = "mara", n: int = 15, job: int | None = 796) -> Json:
    return {
        "object_kind": "deployment",
        "status": "success",
        "status_changed_at": "2026-11-17 12:08:00 +0100",
        "deployment_id": n,
        "deployable_id": job,
        "deployable_url": f"https://gitlab.example/acme/reply-helper/-/jobs/{job}" if job else None,
        "environment": "staging",
        "environment_tier": "staging",
        "project": project(),
        "short_sha": "279484c0",
        "user": user(username),
        "user_url": f"https://gitlab.example/{username}",
        "commit_url": f"https://gitlab.example/acme/reply-helper/-/commit/{sha(3)}",
        "commit_title": "Danish tone guide",
    }


def gitlab_headers(
    body: bytes, event: str, delivery: str = "908a6d9e-45fd", secret: str = SECRET
) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitLab/18.5.0",
        "Idempotency-Key": delivery,
        "X-Gitlab-Event": event,
        "X-Gitlab-Webhook-UUID": "1e2ae3b4",
        "X-Gitlab-Event-UUID": "13792a34",
        "X-Gitlab-Token": secret,
    }


def gitlab_signed(body: bytes, now: datetime, delivery: str = "908a6d9e-45fd") -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    key = base64.b64decode(SIGNING_TOKEN.removeprefix("whsec_"))
    signature = base64.b64encode(
        hmac.new(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256).digest()
    ).decode()
    return {
        "Content-Type": "application/json",
        "X-Gitlab-Event": "Push Hook",
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }


# Anything else.


def signal_headers(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Pilotlight-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
