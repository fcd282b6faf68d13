"""Where code lives: a repository on a host, and a pilot's folder in it, read from a link. Nothing follows the link.

https://github.com/acme/mono                            the whole repository
https://github.com/acme/mono/tree/main/pilots/x         its folder pilots/x (one repository, several pilots)
git@gitlab.example:group/sub/project.git                the whole repository
https://gitlab.example/group/project/-/tree/main/x      its folder x
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

_WEB = re.compile(
    r"^(?:(?:https?|git)://)?(?:[^/@\s]*@)?(?P<host>[a-z0-9.\-]+(?::\d{1,5})?)/(?P<path>[^?#\s]+)",
    re.IGNORECASE,
)
_SSH = re.compile(
    r"^(?:ssh://)?(?:[^/@\s]+@)(?P<host>[a-z0-9.\-]+)(?::\d{1,5}(?=/))?[:/](?P<path>[^?#\s]+)", re.IGNORECASE
)
#: What follows a repository's path on a web page: /tree/BRANCH/FOLDER; GitLab puts /-/ before it.
_VIEW = re.compile(r"/(?:-/)?(?:tree|blob|src)/[^/]+(?:/(?P<folder>.*))?$")
_NAME = re.compile(r"[\w.\-]+")
_MOST = 500


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its host and path, both in lower case: neither GitHub nor GitLab tells `Acme` from `acme`."""

    host: str
    path: str

    @property
    def id(self) -> str:
        """Host and path in one word."""
        return f"{self.host}/{self.path}"


@dataclass(frozen=True, slots=True)
class Place:
    """A repository and, where several pilots share it, the folder of one."""

    repository: Repository
    #: Without slashes at its ends; empty: all of it.
    folder: str = ""


def place_of(link: str) -> Place | None:
    """The place a link names; None: it names no repository on a host."""
    link = link.strip()
    ssh = link.startswith("ssh://") or ("://" not in link and "@" in link.split("/", 1)[0])
    found = (_SSH if ssh else _WEB).match(link) if 0 < len(link) <= _MOST else None
    if found is None:
        return None
    host, path = found["host"].lower().removeprefix("www."), found["path"]
    view = _VIEW.search(path)
    # A repository may itself be called tree: only what follows owner and name is a view of it.
    if view is not None and "/" in path[: view.start()]:
        folder, path = unquote(view["folder"] or "").strip("/"), path[: view.start()]
    else:
        folder, path = "", path.split("/-/", 1)[0]
    parts = [part for part in path.strip("/").lower().removesuffix(".git").split("/") if part]
    # Words with a slash are no address: a host without a point is one only where a scheme says so.
    if len(parts) < 2 or ("." not in host and "://" not in link and not ssh):
        return None
    if any(part in (".", "..") or not _NAME.fullmatch(part) for part in parts):
        return None
    if host == "github.com":
        parts = parts[:2]
    return Place(Repository(host, "/".join(parts)), folder)


def within(path: str, folder: str) -> bool:
    """Whether a file lies in a folder; every file lies in the empty one."""
    return not folder or path == folder or path.startswith(folder + "/")


def belongs(path: str, folder: str, others: Iterable[str]) -> bool:
    """Whether a file is this folder's and not that of a pilot whose own folder says it more closely."""
    return within(path, folder) and not any(
        len(other) > len(folder) and within(path, other) for other in others
    )


def names_folder(text: str, folder: str) -> bool:
    """Whether words (an environment, a workflow) speak of a folder by its last name."""
    last = folder.rsplit("/", 1)[-1]
    return bool(last) and re.search(rf"(?<![\w]){re.escape(last)}(?![\w])", text, re.IGNORECASE) is not None
