# SPDX-License-Identifier: LGPL-3.0-or-later
"""Finds Odoo 19, or brings Debian's package of it into the cache."""

import os
import re
import shutil
from pathlib import Path

from .settings import CACHE, digest
from .ui import Failure, file_lock, run, step

# Debian replaced parts of Odoo by links into packages of their own. Newer
# versions of most lack the files, so they come from the machine's own suite.
SID_PACKAGES = ["odoo-19", "fonts-montserrat"]
LINKED_PACKAGES = [
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
# Debian left these out for their licence. Odoo runs without them (it is the
# blurred background of video calls), but its list of assets names them.
LEFT_OUT = ["mail/static/lib/selfie_segmentation/selfie_segmentation.js"]
HINT = (
    "Point ODOO_SOURCE at a checkout of Odoo 19 (the folder with odoo-bin), "
    "or name a Debian mirror in HELLOWORD_DEBIAN_MIRROR."
)


class OdooSource:
    """One tree of Odoo 19.

    :ivar Path python_path: goes on ``sys.path``
    :ivar list addons: folders of add-ons, for ``addons_path``
    :ivar str version: key of this tree
    """

    def __init__(self, python_path, addons, version):
        self.python_path = python_path
        self.addons = addons
        self.version = version


def find():
    """The tree named by ``ODOO_SOURCE``, else the cached or downloaded one."""
    named = os.environ.get("ODOO_SOURCE")
    if named:
        return _from_checkout(Path(named).expanduser().resolve())
    with file_lock(CACHE / "odoo.lock"):
        tree = _cached() or _download()
    return _from_checkout(tree / "usr/lib/python3/dist-packages")


def _from_checkout(folder):
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        raise Failure(
            f"{folder} holds no Odoo (no odoo/release.py in it).\n"
            "ODOO_SOURCE is the folder with odoo-bin, or the one that holds the package 'odoo'."
        )
    text = release.read_text(encoding="utf-8")
    if not re.search(r"version_info\s*=\s*\(\s*19\s*,\s*0", text):
        raise Failure(f"{folder} is not Odoo 19.0. Point ODOO_SOURCE at one that is.")
    addons = [path for path in (folder / "odoo" / "addons", folder / "addons") if path.is_dir()]
    head = folder / ".git" / "HEAD"
    stamp = head.read_text(encoding="utf-8") if head.is_file() else ""
    return OdooSource(folder, addons, digest(folder, text, stamp))


def _cached():
    trees = [path.parent for path in CACHE.glob("odoo-19_*/complete")]
    return max(trees, key=lambda path: path.stat().st_mtime, default=None)


def _download():
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Failure(f"Odoo 19 could not be downloaded: this machine has no apt-get. {HINT}")
    work = CACHE / "apt"
    shutil.rmtree(work, ignore_errors=True)
    with step("download Odoo 19 (Debian's package, 120 MB)"):
        odoo = _fetch_odoo(work / "odoo")
        linked = _fetch(work / "linked", LINKED_PACKAGES, None)
    tree = CACHE / next(p.stem for p in odoo if p.name.startswith("odoo-19_"))
    shutil.rmtree(tree, ignore_errors=True)
    with step("unpack Odoo 19"):
        for package in odoo + linked:
            run(["dpkg", "-x", package, tree], log=CACHE / "apt.log")
        _mend_links(tree)
        _fill_gaps(tree)
    (tree / "complete").touch()
    shutil.rmtree(work)
    return tree


def _fetch_odoo(folder):
    errors = []
    for uri in _mirrors():
        try:
            return _fetch(folder, SID_PACKAGES, uri)
        except Failure as error:
            errors.append(str(error))
    reason = errors[-1].splitlines()[-2].strip() if errors else "no mirror in apt's configuration"
    raise Failure(f"Odoo 19 could not be downloaded ({reason}; see {CACHE / 'apt.log'}).\n{HINT}")


def _mirrors():
    """Addresses of the Debian mirrors this machine already uses."""
    named = os.environ.get("HELLOWORD_DEBIAN_MIRROR")
    if named:
        return [named]
    listed = run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI)",
            "Identifier: Packages",
        ]
    ).split()
    return [uri for uri in dict.fromkeys(listed) if re.search(r"/debian/?$", uri)]


def _fetch(folder, packages, mirror):
    """Download packages, unsigned ones refused.

    :param str mirror: fetch from this mirror's suite *sid*; None: as the
        machine's own apt is configured
    :return: paths of the .deb files
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "debs"):
        (folder / name).mkdir(parents=True)
    options = [
        f"-oDir::State::Lists={folder / 'lists'}",
        f"-oDir::Cache={folder / 'cache'}",
        "-oAPT::Sandbox::User=",
        "-oAcquire::Languages=none",
        "-oAcquire::Retries=3",
        "-oAPT::Update::Error-Mode=any",
    ]
    if mirror:
        keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
        signed = f"[signed-by={keyring}] " if keyring.is_file() else ""
        (folder / "sid.list").write_text(f"deb {signed}{mirror} sid main\n", encoding="utf-8")
        options += [f"-oDir::Etc::sourcelist={folder / 'sid.list'}", "-oDir::Etc::sourceparts=-"]
    log = CACHE / "apt.log"
    run(["apt-get", *options, "update"], log=log)
    run(["apt-get", *options, "download", *packages], log=log, cwd=folder / "debs")
    return sorted((folder / "debs").glob("*.deb"))


def _fill_gaps(tree):
    addons = tree / "usr/lib/python3/dist-packages/odoo/addons"
    for name in LEFT_OUT:
        path = addons / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("/* not part of Debian's package */\n", encoding="utf-8")


def _mend_links(tree):
    """Make absolute links into other packages point into the unpacked tree."""
    for path in (tree / "usr/lib/python3/dist-packages/odoo").rglob("*"):
        if path.is_symlink() and not path.exists():
            target = tree / os.readlink(path).lstrip("/")
            if target.exists():
                path.unlink()
                path.symlink_to(os.path.relpath(target, path.parent))
