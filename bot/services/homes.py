"""Which pilots live in which repository, and which files there are whose."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.signals.places import Repository, belongs, names_folder, place_of
from bot.signals.sighting import Change, Sighting
from storage import repositories
from storage.database import Connection


@dataclass(frozen=True, slots=True)
class Resident:
    """A pilot and its folder in a repository; an empty one means all that is nobody else's."""

    pilot_id: str
    folder: str


Homes = Mapping[Repository, Sequence[Resident]]


def homes(conn: Connection, workspace_id: str) -> Homes:
    """The running pilots by the repository that their link names."""
    found: dict[Repository, list[Resident]] = defaultdict(list)
    for pilot_id, link in repositories.links(conn, workspace_id):
        place = place_of(link)
        if place is not None:
            found[place.repository].append(Resident(pilot_id, place.folder))
    return found


def with_new_names(conn: Connection, workspace_id: str, at_home: Homes) -> Homes:
    """The same, where a repository that was renamed is known by its new name too: a webhook bears no other."""
    found = dict(at_home)
    for old, path in repositories.renamed(conn, workspace_id):
        host, _, named = old.partition("/")
        residents = at_home.get(Repository(host, named), ())
        new = Repository(host, path)
        if residents and new not in at_home:
            found[new] = residents
    return found


def share(sighting: Sighting, resident: Resident, residents: Sequence[Resident]) -> Sighting | None:
    """What of a sighting is this pilot's; None: it is all another pilot's, or nobody can tell whose."""
    folders = {one.folder for one in residents}
    if sighting.folder:
        return sighting if sighting.folder == resident.folder else None
    if folders == {""}:
        return sighting
    if sighting.kind in ("merge", "rebase"):
        mine = [change for one in sighting.changes if (change := _part(one, resident.folder, folders))]
        return replace(sighting, changes=tuple(mine)) if mine else None
    told = " ".join(change.text for change in sighting.changes)
    named = {folder for folder in folders if names_folder(told, folder)}
    # A run or a deployment says whose it is by its name; one that names nobody is the whole repository's.
    return sighting if (resident.folder in named or (not named and not resident.folder)) else None


def _part(change: Change, folder: str, folders: set[str]) -> Change | None:
    if change.paths is None:
        return None
    paths = tuple(path for path in change.paths if belongs(path, folder, folders))
    return replace(change, paths=paths) if paths else None
