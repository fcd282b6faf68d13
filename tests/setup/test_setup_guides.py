"""Every block of a guide that is marked as a shell's runs as it stands, in an empty folder with somebody's files in it."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
DATA = ROOT / "bot" / "data"
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{guide.stem}-{number}")
    for guide in GUIDES
    for number, block in enumerate(
        re.findall(r"^```sh\n(.*?)^```", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs_as_it_stands(block: str, tmp_path: Path) -> None:
    for name in ("pilots.csv", "updates.csv", "signals.csv", "settings.json"):
        stem, _, ending = name.partition(".")
        shutil.copy(DATA / name, tmp_path / f"{stem.upper()}.{ending}")
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr


def _blocks(kind: str) -> list[str]:
    text = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_unit_for_systemd_is_one_and_starts_what_is_there(tmp_path: Path) -> None:
    """Systemd's own check where it is installed; it wants a program that exists, which ours does after `make`."""
    [unit] = _blocks("ini")
    known = configparser.ConfigParser(interpolation=None)
    known.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's names have capitals
    known.read_string(unit)
    service = known["Service"]
    assert service["ExecStart"] == f"{service['WorkingDirectory']}/.venv/bin/pilotlight run"
    assert service["ReadWritePaths"] == service["WorkingDirectory"]
    # SIGTERM is answered within ten seconds; nobody is killed before.
    assert int(service["TimeoutStopSec"]) > 10
    assert service["Environment"].partition("=")[0].lower() in Settings.model_fields
    checker = shutil.which("systemd-analyze")
    if checker is not None:
        file = tmp_path / "pilotlight.service"
        file.write_text(unit.replace(service["ExecStart"], "/bin/true run"), encoding="utf-8")
        done = subprocess.run([checker, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")


def test_the_containers_commands_name_what_the_container_file_has() -> None:
    [block] = _blocks("text")
    container = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    composed = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    [volume] = re.findall(r"-v \w+:(\S+)", block)
    [port] = re.findall(r"-p [\d.]+:\d+:(\d+)", block)
    assert f"VOLUME {volume}\n" in container
    assert f"EXPOSE {port}\n" in container
    assert f"PORT={port} " in container
    for service in re.findall(r"--scale (\w+)=", block):
        assert f"\n  {service}:\n" in composed
    # What compose wants of .env stands in the guide.
    guide = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{(\w+):\?", composed)):
        assert name in guide


def test_no_picture_shows_what_another_shows() -> None:
    """A form that had not opened yet leaves the page behind it, twice."""
    found: dict[bytes, str] = {}
    for picture in sorted((ROOT / "docs" / "pictures").glob("*.png")):
        twin = found.setdefault(picture.read_bytes(), picture.name)
        assert twin == picture.name


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_points_at_what_is_there(guide: Path) -> None:
    """Links within the project, pictures, and files named in code."""
    text = guide.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
        assert (guide.parent / target).exists(), target
    for path in re.findall(r"`((?:bot|storage|tests|docs)/[\w./-]+\.\w+)`", text):
        assert (ROOT / path).exists(), path
