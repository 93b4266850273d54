# SPDX-License-Identifier: LGPL-3.0-or-later
"""The PostgreSQL server: the one the environment names, else a private one."""

import contextlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .settings import ROOT, STATE, digest, free_port, port_is_free, remember, remembered
from .system import apt_install
from .ui import Failure, as_user, run, step

ROLE = "helloword"
# A development cluster: fast, and worth nothing after a power cut.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
max_connections = 200
autovacuum_naptime = 30s
logging_collector = off
"""


class Server:
    """A reachable server and the ways to talk to it."""

    def __init__(self, binaries, host, port, user, password=""):
        self.binaries, self.host, self.port = binaries, host, str(port or "")
        self.user, self.password = user, password
        self.env = {**os.environ, "PGUSER": user, "PGDATABASE": "postgres"}
        self.env.pop("PGPASSWORD", None)
        for name, value in (("PGHOST", host), ("PGPORT", self.port), ("PGPASSWORD", password)):
            if value:
                self.env[name] = value

    def tool(self, name, *args, log=None):
        return run([self.binaries / name, *args], env=self.env, log=log)

    def sql(self, statement, database="postgres"):
        return self.tool("psql", "-qAtX", "-vON_ERROR_STOP=1", "-d", database, "-c", statement)

    def databases(self):
        return self.sql("SELECT datname FROM pg_database WHERE NOT datistemplate").split()

    def exists(self, name):
        return name in self.databases()

    def drop(self, name):
        self.tool("dropdb", "--if-exists", "--force", name)

    def copy(self, source, target):
        """``target`` becomes a copy of ``source``; sessions on both end."""
        self.drop(target)
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{source}' AND pid <> pg_backend_pid()"
        )
        self.tool("createdb", "-T", source, target)

    def rename(self, old, new):
        self.drop(new)
        self.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def odoo_options(self):
        """Lines for Odoo's configuration file."""
        values = {
            "db_host": self.host,
            "db_port": self.port,
            "db_user": self.user,
            "db_password": self.password,
        }
        return {name: value for name, value in values.items() if value}


def ensure():
    """The server, started when it is ours and not running."""
    if is_named():
        return _named_server()
    binaries = _server_binaries()
    folder = _cluster_folder()
    with _lock():
        if not (folder / "PG_VERSION").exists():
            _create(binaries, folder)
        port = _start(binaries, folder)
    return Server(binaries, "127.0.0.1", port, ROLE)


def is_named():
    """Does the environment name a server?"""
    return any(os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER"))


def stop():
    """Stop the private cluster; True when one was running."""
    folder = remembered().get("cluster")
    if not folder or not (Path(folder) / "postmaster.pid").exists():
        return False
    binaries = _server_binaries()
    run(_as_owner([binaries / "pg_ctl", "-D", folder, "-m", "fast", "-w", "stop"]), cwd="/")
    return True


def remove():
    """Stop the private cluster and delete it."""
    stop()
    folder = remembered().get("cluster")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            Path(folder).parent.rmdir()


def _lock():
    from .ui import file_lock

    return file_lock(STATE / "cluster.lock")


def _named_server():
    binaries = _client_binaries()
    server = Server(
        binaries,
        os.environ.get("PGHOST", ""),
        os.environ.get("PGPORT", ""),
        os.environ.get("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name,
        os.environ.get("PGPASSWORD", ""),
    )
    try:
        server.sql("SELECT 1")
    except Failure as error:
        raise Failure(
            f"The PostgreSQL server named by PGHOST, PGPORT, PGUSER does not answer:\n{error}\n"
            "Correct them, or unset them and ./dev starts a server of its own."
        ) from None
    return server


def _client_binaries():
    names = ("psql", "createdb", "dropdb", "pg_dump", "pg_restore")
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(":") if folder]
    for folder in [*folders, *_candidates()]:
        if all((folder / name).exists() for name in names):
            return folder
    apt_install(["postgresql-client"], why="PostgreSQL's client programs are missing")
    return Path("/usr/bin")


def _server_binaries():
    """The folder with initdb, postgres and the client programs."""
    for attempt in range(2):
        for folder in _candidates():
            if all((folder / name).exists() for name in ("initdb", "postgres", "pg_ctl", "psql")):
                return folder
        if not attempt:
            apt_install(["postgresql"], why="PostgreSQL is missing (or name one in PGHOST)")
    raise Failure("PostgreSQL's programs were not found. Name a server in PGHOST.")


def _candidates():
    for name in ("initdb", "postgres"):
        found = shutil.which(name)
        if found:
            yield Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda path: path.parent.name.zfill(3), reverse=True)


def _owner():
    """The account the cluster belongs to: initdb refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
            return name
        except KeyError:
            continue
    raise Failure("There is no account 'postgres' or 'nobody' to run PostgreSQL as.")


def _as_owner(args):
    return as_user(_owner(), [str(arg) for arg in args])


def _cluster_folder():
    """A folder for the cluster that its owner can reach."""
    known = remembered().get("cluster")
    if known:
        return Path(known)
    folder = STATE / "pg"
    if not _reachable(ROOT):
        # The checkout lies in somebody's private folder.
        folder = Path("/var/tmp") / f"helloword-returns-{digest(ROOT)}" / "pg"
    remember(cluster=str(folder))
    return folder


def _reachable(folder):
    probe = subprocess.run(_as_owner(["test", "-x", folder]), check=False, cwd="/")
    return probe.returncode == 0


def _create(binaries, folder):
    with step("create a PostgreSQL cluster"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        owner = _owner()
        if owner:
            account = pwd.getpwnam(owner)
            os.chown(folder, account.pw_uid, account.pw_gid)
        log = STATE / "logs" / "postgres.log"
        options = ["-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        run(_as_owner([binaries / "initdb", "-D", folder, *options]), log=log, cwd="/")
        with open(folder / "postgresql.conf", "a", encoding="utf-8") as handle:
            handle.write(CONFIGURATION.format(folder=folder))


def _start(binaries, folder):
    """Start the cluster if it is not running; its port."""
    ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1"]
    port = remembered().get("pg_port")
    if (folder / "postmaster.pid").exists() and port:
        if not subprocess.run([*map(str, ready), "-p", str(port)], check=False).returncode:
            return port
    if not port or not port_is_free(port):
        port = free_port()
    command = [binaries / "pg_ctl", "-D", folder, "-w", "-s", "-t", "60"]
    command += ["-l", folder / "server.log", "-o", f"-p {port}", "start"]
    (folder / "server.log").unlink(missing_ok=True)
    # pg_ctl hands its outputs on to the server, so they must not be pipes.
    done = subprocess.run(
        _as_owner(command),
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode:
        raise Failure(f"PostgreSQL did not start; see {folder / 'server.log'}, or use ./dev clean.")
    remember(pg_port=port)
    return port
