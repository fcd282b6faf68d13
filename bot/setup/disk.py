"""Whether a file will still be there tomorrow: some hosts throw their disk away at every restart."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.faults import Fault, fault
from storage.database import normalised

#: A host, by the variable it sets, and the variable that names a volume of its own that stays.
_HOSTS = (
    ("DYNO", "", "Heroku"),
    ("RENDER", "RENDER_DISK_PATH", "Render"),
    ("RAILWAY_ENVIRONMENT", "RAILWAY_VOLUME_MOUNT_PATH", "Railway"),
    ("FLY_APP_NAME", "", "Fly.io"),
    ("K_SERVICE", "", "Cloud Run"),
    ("AWS_LAMBDA_FUNCTION_NAME", "", "AWS Lambda"),
)
_MEMORY = frozenset({"tmpfs", "ramfs"})
_CONTAINER = frozenset({"overlay", "overlayfs", "aufs"})
_MOUNTS = Path("/proc/self/mounts")


def file_of(url: str) -> Path | None:
    """The file of an SQLite address; None: another engine, or none that keeps anything.

    Raises:
        ValueError: no address of ours.
    """
    address = normalised(url)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        return None
    return Path(str(address.database)).resolve()


def vanishing(url: str, environment: Mapping[str, str], mounts: str | None = None) -> Fault | None:
    """Why the registry would be lost at a restart; None: it stays, as far as can be seen.

    Args:
        url: of the database.
        environment: the process's.
        mounts: text in the form of /proc/mounts; read from this machine where not given.

    """
    path = file_of(url)
    if path is None:
        return None
    mount, kind = _mount(path, _read() if mounts is None else mounts)
    for variable, volume, host in _HOSTS:
        if not environment.get(variable):
            continue
        stays = environment.get(volume, "") if volume else ""
        on_volume = (stays and path.is_relative_to(stays)) or (mount not in ("", "/") and kind not in _MEMORY)
        return None if on_volume else fault("PL-042", path=path, why=host)
    if kind in _MEMORY:
        return fault("PL-042", path=path, why="this machine keeps in memory and")
    return None


def in_container(url: str, mounts: str | None = None) -> Fault | None:
    """A container's own layer: it outlives a restart, but not the container."""
    path = file_of(url)
    if path is None:
        return None
    _, kind = _mount(path, _read() if mounts is None else mounts)
    return fault("PL-047") if kind in _CONTAINER else None


def _read() -> str:
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not Linux: nothing to be seen


def _mount(path: Path, mounts: str) -> tuple[str, str]:
    """Where the file's disk is mounted, and of which kind it is."""
    best = ("", "")
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = fields[1].replace("\\040", " ")
        if path.is_relative_to(place) and len(place) >= len(best[0]):
            best = (place, fields[2])
    return best
