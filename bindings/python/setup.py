"""Builds the wheel: the package's files, and the extension module that CMake makes.

    pip wheel --no-index --no-build-isolation bindings/python

LEDGER_BUILD_DIR names a build directory that is configured already, to take the module from there, and
LEDGER_SOURCE_DIR the source tree where this directory was copied out of it.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = pathlib.Path(
    os.environ.get("LEDGER_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2]
)


def version():
    """That of the project, which CMake names."""
    text = (SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"VERSION (\d+\.\d+\.\d+)", text.split("project(", 1)[1])[1]


class CMakeBuild(build_ext):
    def build_extension(self, extension):
        build = os.environ.get("LEDGER_BUILD_DIR")
        if not build:
            build = os.path.abspath(self.build_temp)
            self.configure(build)
        subprocess.run(["cmake", "--build", build, "--target", "ledger_python"], check=True)
        (module,) = pathlib.Path(build, "python", "ledger").glob("_core*.so")
        target = pathlib.Path(self.get_ext_fullpath(extension.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(module, target)

    def configure(self, build):
        options = {
            "CMAKE_BUILD_TYPE": "Release",
            "Python3_EXECUTABLE": sys.executable,
            "LEDGER_BUILD_PYTHON": "ON",
            "LEDGER_BUILD_TESTS": "OFF",
            "LEDGER_BUILD_BENCH": "OFF",
            "LEDGER_BUILD_TOOLS": "OFF",
        }
        flags = [f"-D{name}={value}" for name, value in options.items()]
        subprocess.run(
            ["cmake", "-S", str(SOURCE), "-B", build, "-G", "Ninja", *flags], check=True
        )


setup(
    version=version(),
    ext_modules=[Extension("ledger._core", sources=[])],
    cmdclass={"build_ext": CMakeBuild},
)
