"""D10: the disk is full at any moment; the file stays sound, /readyz says so, and it goes on by itself."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.world import times

long = [pytest.mark.trial, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("n", [pytest.param(times(30), marks=long)])
def test_d10_a_full_disk(n: int, tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no mount namespace may be made here")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o size=1536k tmpfs {disk} && exec {sys.executable} -m tests.faults.full_disk {disk} {n}"
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"\nD10: {found}")
    assert found["good"], found
    assert found["integrity"] == "ok"
    assert found["not_ready"] == found["ready_again"] == n
