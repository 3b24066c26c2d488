"""No argument of any call ends the interpreter."""

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent


@pytest.mark.parametrize("seed", [1, 2])
def test_wrong_arguments(tmp_path, seed):
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", HERE / "fuzz_calls.py", tmp_path, str(seed), "3000"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    assert done.stdout.endswith("stood\n")
