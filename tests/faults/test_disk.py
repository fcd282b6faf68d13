"""D10: the disk is full before any write; the file stays sound, /readyz says so, and it goes on by itself."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.full_disk import STEPS
from tests.faults.kills import minutes
from tests.faults.world import times

long = [pytest.mark.trial, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("n", [pytest.param(times(3), marks=long)])
def test_d10_a_full_disk_at_every_write(n: int, tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no mount namespace may be made here")
    began = time.monotonic()
    run = ["unshare", "-rm", sys.executable, "-m", "tests.faults.full_disk", str(tmp_path), str(n)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    found = [json.loads(one) for one in done.stdout.splitlines() if one.startswith("{")]
    print("\nD10:", *found, minutes(began), sep="\n")
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(found) == n * len(STEPS)
    assert all(one["well"] for one in found)
