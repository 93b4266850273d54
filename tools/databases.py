# SPDX-License-Identifier: LGPL-3.0-or-later
"""Databases: the template with Odoo's modules, and copies of it with ours."""

import os
import shutil

from . import postgres, settings
from .settings import CACHE, ROOT, STATE, digest, our_modules, sources_key
from .ui import Failure, file_lock, run, say, step
from .venv import environment

# A named server is shared by checkouts, and so is what belongs to its databases.
DATA = (CACHE if postgres.is_named() else STATE) / "data"
CHECKOUT = digest(ROOT)[:4]


class Workbench:
    """Odoo, Python and PostgreSQL of one checkout, ready to use."""

    def __init__(self, source, venv, server):
        self.source, self.venv, self.server = source, venv, server

    # -- configuration -----------------------------------------------------

    def config(self, name, *, ours=True, extra_addons=(), **options):
        """Write ``.dev/<name>.conf`` and return its path.

        :param bool ours: put this repository's add-ons on the path
        """
        addons = [*([ROOT] if ours else []), *extra_addons, *self.source.addons]
        values = {
            "addons_path": ",".join(map(str, addons)),
            "data_dir": DATA,
            "server_wide_modules": settings.SERVER_WIDE_MODULES,
            "list_db": False,
            "max_cron_threads": 0,
            "http_interface": "127.0.0.1",
            "admin_passwd": "admin",
            **self.server.odoo_options(),
            **options,
        }
        sections = ["[options]", *(f"{key} = {value}" for key, value in values.items())]
        sections += ["", "[queue_job]", f"channels = {settings.JOB_CHANNELS}"]
        STATE.mkdir(exist_ok=True)
        path = STATE / f"{name}.conf"
        path.write_text("\n".join(sections) + "\n", encoding="utf-8")
        return path

    def odoo(self, *args):
        """The command that starts Odoo."""
        return [self.venv.python, "-m", "odoo", *args]

    def odoo_quiet(self, config, database, *args, log):
        """Run Odoo to its end (installing, updating, exporting)."""
        path = settings.LOGS / f"{log}.log"
        path.unlink(missing_ok=True)
        command = self.odoo("server", "-c", config, "-d", database, *args)
        command += ["--stop-after-init", "--no-http", "--log-level=warn"]
        output = run(command, log=path, env=environment())
        problems = [
            line
            for line in output.splitlines()
            if " ERROR " in line or " CRITICAL " in line or "demo data failed" in line
        ]
        if problems:
            text = "\n".join(f"      {line[:300]}" for line in problems[:8])
            raise Failure(f"Odoo reported errors (whole output: {path}):\n{text}")
        return output

    # -- templates ---------------------------------------------------------

    @property
    def template_key(self):
        return digest(
            self.source.version,
            self.venv.key,
            *settings.TEMPLATE_MODULES,
            "4",
        )

    def template(self):
        """Database with Odoo's modules and demo data; restored or built."""
        name = f"hw_template_{self.template_key}"
        with file_lock(STATE / "template.lock"):
            if not self.server.exists(name):
                dump = CACHE / f"template-{self.template_key}"
                with file_lock(CACHE / f"{dump.name}.lock"):
                    if (dump / "complete").exists() and self._restore(dump, name):
                        return name
                    self._build_template(name)
                    self._dump(name, dump)
        return name

    def _build_template(self, name):
        building = f"{name}_building"
        self.forget(building)
        with step("build the template database with Odoo's demo data (about a minute)"):
            config = self.config("template", ours=False)
            self.odoo_quiet(
                config,
                building,
                "-i",
                ",".join(settings.TEMPLATE_MODULES),
                "--with-demo",
                log="template",
            )
            self.move(building, name)

    def _dump(self, name, dump):
        with step("keep it in the cache"):
            shutil.rmtree(dump, ignore_errors=True)
            dump.mkdir(parents=True)
            self.server.tool("pg_dump", "-Fc", "-Z1", "-f", dump / "database.dump", name)
            link_tree(DATA / "filestore" / name, dump / "filestore")
            (dump / "complete").touch()

    def _restore(self, dump, name):
        building = f"{name}_building"
        self.forget(building)
        try:
            with step("restore the template database from the cache"):
                self.server.tool("createdb", "-T", "template0", "-E", "UTF8", building)
                jobs = str(max(2, os.cpu_count() or 2))
                options = ["-j", jobs, "--no-owner", "--no-privileges", "-d", building]
                log = settings.LOGS / "restore.log"
                self.server.tool("pg_restore", *options, dump / "database.dump", log=log)
                link_tree(dump / "filestore", DATA / "filestore" / building)
                self.move(building, name)
        except Failure as error:
            say(f"  ! the cached template could not be restored, building it again\n{error}")
            return False
        return True

    def installed(self, *, languages=(), modules=None):
        """Database with our modules on top of the template; kept by sources.

        One is kept for each set of languages; an older one is dropped.
        """
        modules = our_modules() if modules is None else modules
        template = self.template()
        if not modules and not languages:
            return template
        kind = "_".join(["hw_installed", CHECKOUT, *sorted(lang.lower() for lang in languages)])
        key = digest(self.template_key, *modules, sources_key(modules))
        name = f"{kind}_{key}"
        with file_lock(STATE / "installed.lock"):
            databases = self.server.databases()
            if name in databases:
                return name
            for old in databases:
                if old.startswith(f"{kind}_") and len(old) == len(name):
                    self.forget(old)
            building = f"{name}_b"
            self.copy(template, building)
            what = " ".join([*modules, *languages])
            with step(f"install {what}"):
                config = self.config("install")
                args = ["--with-demo"]
                if languages:
                    args += ["--load-language", ",".join(languages)]
                if modules:
                    args += ["-i", ",".join(modules)]
                try:
                    self.odoo_quiet(config, building, *args, log="install")
                except Failure:
                    self.forget(building)
                    raise
            self.move(building, name)
        return name

    # -- copies ------------------------------------------------------------

    def copy(self, source, target):
        self.forget(target)
        self.server.copy(source, target)
        link_tree(DATA / "filestore" / source, DATA / "filestore" / target)

    def move(self, old, new):
        self.server.rename(old, new)
        folder = DATA / "filestore" / old
        shutil.rmtree(DATA / "filestore" / new, ignore_errors=True)
        if folder.exists():
            folder.rename(DATA / "filestore" / new)

    def forget(self, name):
        self.server.drop(name)
        shutil.rmtree(DATA / "filestore" / name, ignore_errors=True)


def link_tree(source, target):
    """Copy a filestore by hard links: its files never change."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        target.mkdir()
        return
    try:
        shutil.copytree(source, target, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)


def workbench():
    """Bring everything a command needs: Odoo, Python, PostgreSQL."""
    from . import odoo_source, venv

    source = odoo_source.find()
    return Workbench(source, venv.ensure(source), postgres.ensure())


def remove_all():
    """Drop this checkout's databases from a server that outlives it."""
    if not postgres.is_named():
        return
    server = postgres.ensure()
    demo = settings.remembered().get("demo", {})
    for name in server.databases():
        if name.startswith((f"hw_installed_{CHECKOUT}", "hw_test_")) or name in demo:
            server.drop(name)
