"""The files of a repository on GitHub: in one answer, or folder by folder where that one is cut.

https://docs.github.com/rest/git/trees: a recursive answer ends after 100,000 entries or 7 MB and says "truncated"; more
is had by asking for one sub-tree at a time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.signals.fetch import TooLarge
from bot.signals.places import within
from bot.signals.sighting import inside, rows, word

#: So many sub-trees are read of a repository that is cut; beyond that it is partly read.
MOST_TREES = 60
_PIPELINES = ".github"

#: The tree under a hash, with all that lies below or its own level alone, as GitHub answers.
Tree = Callable[[str, bool], Awaitable[Any]]


async def blobs(tree: Tree, head: str, folders: Sequence[str]) -> tuple[dict[str, str], bool]:
    """The files, by path with their hashes, and whether these are all that anybody asks about.

    Args:
        tree: asks for one.
        head: the commit.
        folders: of the pilots that live there; an empty one is the whole repository.

    """
    found, cut = await _below(tree, head, deep=True)
    if not cut:
        return _files(found), True
    return await _walk(tree, head, folders)


async def _walk(tree: Tree, head: str, folders: Sequence[str]) -> tuple[dict[str, str], bool]:
    """One sub-tree at a time, those first that say most: pipelines, the pilots' own folders, then the others."""
    files: dict[str, str] = {}
    waiting, whole, asked = [("", head)], True, 0
    while waiting and asked < MOST_TREES:
        waiting.sort(key=lambda one: _rank(one[0], folders))
        path, sha = waiting.pop(0)
        asked += 1
        # Of the root everything was asked for already.
        deep = bool(path)
        found, cut = await _below(tree, sha, deep=deep)
        if deep and cut:
            deep = False
            found, cut = await _below(tree, sha, deep=False)
        if not deep:
            whole = whole and not cut
            below = [(_join(path, name), word(one, "sha")) for one, name in _named(found, "tree")]
            waiting += [one for one in below if _rank(one[0], folders)[0] < _NOBODYS]
        files |= {_join(path, name): sha for name, sha in _files(found).items()}
    return files, whole and not waiting


async def _below(tree: Tree, sha: str, *, deep: bool) -> tuple[list[Mapping[str, Any]], bool]:
    """The entries of a tree, and whether some are missing."""
    try:
        answer = await tree(sha, deep)
    except TooLarge:
        return [], True
    return rows(answer, "tree"), inside(answer, "truncated") is True


_NOBODYS = 3


def _rank(path: str, folders: Sequence[str]) -> tuple[int, int, str]:
    """Which tree is read first; the last rank is nobody's."""
    depth = path.count("/")
    if within(path, _PIPELINES):
        return 0, depth, path
    if any(folder and (within(path, folder) or within(folder, path)) for folder in folders):
        return 1, depth, path
    return (2 if "" in folders else _NOBODYS), depth, path


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _named(found: Sequence[Mapping[str, Any]], kind: str) -> list[tuple[Mapping[str, Any], str]]:
    return [(one, word(one, "path", most=500)) for one in found if word(one, "type") == kind]


def _files(found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {name: word(one, "sha") for one, name in _named(found, "blob")}
