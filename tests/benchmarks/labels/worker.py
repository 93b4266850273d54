"""Takes stored queue jobs one after the other until there are none.

python worker.py CONFIG DATABASE; says when it is ready and waits for its input to end.
"""

import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config
from psycopg2 import OperationalError

# Seconds without a job after which the work is done: what follows a call is enqueued with it.
PATIENCE = 1.5


def main(config_path, database):
    config.parse_config(["-c", config_path, "-d", database, "--log-level=error", "--no-http"])
    config["db_name"] = [database]
    registry = Registry(database)
    from odoo.addons.queue_job.job import Job

    print("ready", flush=True)
    sys.stdin.read()
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < PATIENCE:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            try:
                uuid = _take(cr)
            except OperationalError:
                # Another worker took the same job at the same moment.
                cr.rollback()
                continue
            if not uuid:
                time.sleep(0.05)
                continue
            job = Job.load(env, uuid)
            try:
                job.perform()
                job.set_done()
                job.store()
                cr.commit()
            except OperationalError:
                # Transactions that met are tried again, as the job runner does.
                cr.rollback()
                cr.execute("UPDATE queue_job SET state = 'pending' WHERE uuid = %s", [uuid])
        idle_since = time.monotonic()


def _take(cr):
    """:return: one waiting job's uuid that nobody else takes, or None"""
    cr.execute(
        """
        UPDATE queue_job SET state = 'started'
        WHERE id = (
            SELECT id FROM queue_job
            WHERE state = 'pending' AND (eta IS NULL OR eta <= NOW() AT TIME ZONE 'UTC')
            ORDER BY priority, id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING uuid
        """
    )
    row = cr.fetchone()
    cr.commit()
    return row and row[0]


if __name__ == "__main__":
    main(*sys.argv[1:3])
