"""Links as people paste them → a repository and a folder; which files there are whose."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.homes import Resident, share
from bot.signals.places import Place, Repository, belongs, names_folder, place_of
from bot.signals.sighting import Change, Sighting

MONO = Repository("github.com", "acme/mono")


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("https://github.com/acme/mono", Place(MONO)),
        ("https://github.com/Acme/Mono/", Place(MONO)),
        ("http://www.github.com/acme/mono.git", Place(MONO)),
        ("github.com/acme/mono", Place(MONO)),
        ("git@github.com:acme/mono.git", Place(MONO)),
        ("ssh://git@github.com/acme/mono.git", Place(MONO)),
        ("ssh://git@github.com:22/acme/mono", Place(MONO)),
        ("git://github.com/acme/mono.git", Place(MONO)),
        ("https://token:x@github.com/acme/mono", Place(MONO)),
        ("https://github.com/acme/mono/tree/main/pilots/X", Place(MONO, "pilots/X")),
        ("https://github.com/acme/mono/tree/main/pilots/my%20pilot", Place(MONO, "pilots/my pilot")),
        ("https://github.com/acme/mono/tree/main/", Place(MONO)),
        ("https://github.com/acme/mono/tree/main/pilots/x/?tab=readme#top", Place(MONO, "pilots/x")),
        ("https://github.com/acme/mono/pulls", Place(MONO)),
        ("https://github.com/acme/tree", Place(Repository("github.com", "acme/tree"))),
        (
            "https://gitlab.example/group/sub/project/-/tree/main/x/y",
            Place(Repository("gitlab.example", "group/sub/project"), "x/y"),
        ),
        (
            "https://gitlab.example/group/project/-/merge_requests/1",
            Place(Repository("gitlab.example", "group/project")),
        ),
        (
            "git@gitlab.example:group/sub/project.git",
            Place(Repository("gitlab.example", "group/sub/project")),
        ),
        ("https://git.example:8443/a/b", Place(Repository("git.example:8443", "a/b"))),
        ("http://gitlab/a/b", Place(Repository("gitlab", "a/b"))),
        ("", None),
        ("the repository", None),
        ("pilots/x", None),
        ("https://github.com/acme", None),
        ("https://github.com/../acme/mono", None),
        ("https://github.com/acme/<script>", None),
        ("file:///etc/passwd", None),
        ("https://" + "a" * 10_000, None),
        ("javascript:alert(1)//a/b", None),
    ],
)
def test_a_link_names_a_repository_and_a_folder(link: str, place: Place | None) -> None:
    assert place_of(link) == place


@given(st.text(max_size=200))
def test_any_text_is_read_without_harm(text: str) -> None:
    place = place_of(text)
    assert place is None or (place.repository.host and place.repository.path.count("/") >= 1)


def test_a_file_belongs_to_the_folder_that_says_it_most_closely() -> None:
    folders = {"", "pilots/x", "pilots/x/ui"}
    assert belongs("pilots/x/a.py", "pilots/x", folders)
    assert not belongs("pilots/x/a.py", "", folders)
    assert not belongs("pilots/x/ui/a.ts", "pilots/x", folders)
    assert belongs("pilots/x/ui/a.ts", "pilots/x/ui", folders)
    assert belongs("README.md", "", folders)
    assert not belongs("pilots/xy/a.py", "pilots/x", folders)
    assert names_folder("deploy x to staging", "pilots/x")
    assert not names_folder("deploy xy to staging", "pilots/x")


def test_other_pilots_commits_in_a_shared_repository_are_not_ours() -> None:
    pushed = Sighting(
        source="github",
        kind="merge",
        key="commit/1",
        repository=MONO,
        changes=(
            Change(actor="mara", text="Both", paths=("pilots/x/a.py", "pilots/y/b.py")),
            Change(actor="linh", text="Only y", paths=("pilots/y/c.py",)),
        ),
    )
    x, y, root = Resident("X", "pilots/x"), Resident("Y", "pilots/y"), Resident("R", "")
    all_three = [x, y, root]

    mine = share(pushed, x, all_three)
    assert mine is not None
    assert mine.changes == (Change(actor="mara", text="Both", paths=("pilots/x/a.py",)),)
    theirs = share(pushed, y, all_three)
    assert theirs is not None
    assert [change.text for change in theirs.changes] == ["Both", "Only y"]
    assert share(pushed, root, all_three) is None
    assert share(pushed, root, [root]) == pushed, "alone it has everything"
    unknown = replace(pushed, changes=(Change(actor="mara", text="?"),))
    assert share(unknown, x, all_three) is None, "without its files nobody can say"
    assert share(unknown, root, [root]) == unknown
    deployed = replace(pushed, kind="deploy", changes=(Change(actor="mara", text="v2 to x-staging"),))
    assert share(deployed, x, all_three) == deployed
    assert share(deployed, y, all_three) is None
    assert share(deployed, root, all_three) is None
    plain = replace(pushed, kind="deploy", changes=(Change(actor="mara", text="v2 to staging"),))
    assert share(plain, root, all_three) == plain
    assert share(plain, x, all_three) is None
    named = replace(plain, kind="run", folder="pilots/y")
    assert share(named, y, all_three) == named
    assert share(named, x, all_three) is None
