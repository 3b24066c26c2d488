"""The package as it is installed: a wheel built offline, its types, its documentation."""

import inspect
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import ledger

SOURCE = pathlib.Path(os.environ["LEDGER_SOURCE_DIR"])
PACKAGE = SOURCE / "bindings" / "python"


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_wheel(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    offline = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check"]
    run(
        sys.executable, "-m", "pip", "wheel", *offline, "-w", tmp_path, tmp_path / "source",
        env=environment,
    )
    (wheel,) = tmp_path.glob("ledger_engine-*.whl")
    assert ledger.__version__ in wheel.name
    run(sys.executable, "-m", "venv", "--system-site-packages", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(
        python, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check",
        wheel, env=environment,
    )
    script = (
        "import ledger; print(ledger.__file__);"
        "ledger.Ledger.create('books').close(); print(ledger.Reader('books').view())"
    )
    output = run(python, "-c", script, cwd=tmp_path, env=environment)
    assert str(tmp_path / "venv") in output and "position 0" in output
    listed = run(python, "-m", "zipfile", "-l", wheel)
    assert "py.typed" in listed and "_core.pyi" in listed


def test_types(tmp_path):
    cache = tmp_path / "cache"
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, PACKAGE / "ledger")


def test_stubs_name_what_is_there():
    text = (PACKAGE / "ledger" / "_core.pyi").read_text(encoding="utf-8")
    there = {name for name in dir(ledger._core) if not name.startswith("__")}
    stubbed = {
        line.split("(")[0].split()[1].rstrip(":")
        for line in text.splitlines()
        if line.startswith(("def ", "class "))
    }
    assert there == stubbed - {"TableReader"}


@pytest.mark.parametrize("name", ledger.__all__)
def test_everything_public_is_documented(name):
    thing = getattr(ledger, name)
    if not inspect.isclass(thing) and not inspect.isfunction(thing):
        return
    assert inspect.getdoc(thing), name
    if inspect.isclass(thing) and thing.__module__.startswith("ledger."):
        for method, function in vars(thing).items():
            if not method.startswith("_") and inspect.isfunction(function):
                assert inspect.getdoc(function), f"{name}.{method}"
