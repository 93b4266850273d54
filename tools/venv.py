# SPDX-License-Identifier: LGPL-3.0-or-later
"""The Python environment Odoo runs in, kept in the cache."""

import os
import shutil
import subprocess
import sys

from .settings import CACHE, ROOT, digest
from .system import apt_install
from .ui import Failure, file_lock, run, step

PYTHONS = ["python3.12", "python3.11", "python3.13", "python3.10"]
SUPPORTED = range(10, 14)


class Venv:
    """A virtual environment with Odoo on its path."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.key = folder.name

    def tool(self, name):
        return self.folder / "bin" / name

    @property
    def site_packages(self):
        return next((self.folder / "lib").glob("python3.*/site-packages"))


def ensure(source):
    """The environment for this Odoo and these requirements, made if missing."""
    python, version = _find_python()
    wanted = _requirements()
    key = digest(*wanted, source.python_path)
    folder = CACHE / f"venv-{version}-{key}"
    with file_lock(CACHE / f"{folder.name}.lock"):
        if not (folder / "complete").exists():
            _build(folder, python, wanted, source)
    return Venv(folder)


def _find_python():
    """A Python that Odoo 19 runs on, and its version."""
    if sys.version_info.minor in SUPPORTED:
        return sys.executable, f"3.{sys.version_info.minor}"
    for name in PYTHONS:
        if shutil.which(name):
            return name, name.removeprefix("python")
    raise Failure("Odoo 19 needs Python 3.10 to 3.13; install one, such as python3.12.")


def _requirements():
    """The pinned requirements, one a line: ordinary ones and Odoo add-ons."""
    lines = []
    for name in ("tools/odoo-requirements.txt", "requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            line = line.split("#")[0].strip()
            if line and line not in lines:
                lines.append(line)
    return lines


def _build(folder, python, wanted, source):
    shutil.rmtree(folder, ignore_errors=True)
    log = CACHE / "pip.log"
    # The add-ons name a distribution called odoo, which PyPI does not have.
    addons = [line for line in wanted if line.startswith("odoo-addon-")]
    ordinary = [line for line in wanted if line not in addons]
    listing = CACHE / f"{folder.name}.txt"
    with step("install Python packages"):
        _make_venv(folder, python)
        listing.write_text("\n".join(ordinary), encoding="utf-8")
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--no-input", "-q"]
        hint = "Is the package index within reach? Then run ./dev again."
        run([*pip, "wheel", "setuptools==80.9.0"], log=log, hint=hint)
        run([*pip, "-r", listing], log=log, hint=hint)
        if addons:
            run([*pip, "--no-deps", *addons], log=log, hint=hint)
        # odoo and odoo.addons are namespace packages: on the path they merge
        # with the add-ons that pip put into site-packages/odoo/addons.
        path_file = Venv(folder).site_packages / "odoo-source.pth"
        path_file.write_text(f"{source.python_path}\n", encoding="utf-8")
    listing.unlink()
    (folder / "complete").touch()


def _make_venv(folder, python):
    command = [python, "-m", "venv", str(folder)]
    try:
        run(command, log=CACHE / "pip.log")
    except Failure:
        # Debian's Python comes without the part of it that venv needs.
        apt_install(["python3-venv"], why="python3 -m venv does not work")
        run(command, log=CACHE / "pip.log")


def environment(**extra):
    """The process environment for Odoo: no stray Python paths."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    env.update(PYTHONDONTWRITEBYTECODE="", PYTHONUNBUFFERED="1", TZ="UTC")
    env.update(extra)
    return env


def call(args, **kwargs):
    """Run with the terminal attached; return the exit code."""
    try:
        return subprocess.call([str(arg) for arg in args], **kwargs)
    except KeyboardInterrupt:
        return 130
