# SPDX-License-Identifier: LGPL-3.0-or-later
"""Programs that come from the system: browser, PDF renderer, fonts."""

import os
import shutil

from .settings import CACHE
from .ui import Failure, file_lock, run, say, step

BROWSERS = ["google-chrome", "chromium", "chromium-browser", "google-chrome-stable"]


def apt_install(packages, why):
    """Install Debian packages as root, or say what a person has to do."""
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"{why}. Install it first, on Debian or Ubuntu with: sudo {command}")
    log = CACHE / "apt.log"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with file_lock(CACHE / "apt.lock"), step(f"install {', '.join(packages)}"):
        lock = "-oDPkg::Lock::Timeout=300"
        run(["apt-get", lock, "update"], log=log, env=env)
        run(["apt-get", lock, *command.split()[1:]], log=log, env=env, hint=f"Then: {why}.")


def ensure_browser():
    """Tours need a browser; PDF reports and Chinese pages need their tools."""
    missing = []
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    if not shutil.which("wkhtmltopdf"):
        missing.append("wkhtmltopdf")
    if not _has_chinese_font():
        missing.append("fonts-noto-cjk")
    if missing:
        apt_install(missing, why=f"{', '.join(missing)} missing")


def ensure_pdf():
    """PDF labels and slips need wkhtmltopdf; the server runs without."""
    if not shutil.which("wkhtmltopdf"):
        try:
            apt_install(["wkhtmltopdf"], why="wkhtmltopdf is missing, so there is no PDF")
        except Failure as error:
            say(f"  ! {error}")


def _has_chinese_font():
    if not shutil.which("fc-list"):
        return False
    return bool(run(["fc-list", ":lang=zh-cn", "family"]).strip())
