"""A process of its own that carries one operation out, to be killed in the middle."""

import os
import subprocess
import sys

from odoo.modules.module import initialize_sys_path
from odoo.tests.common import get_db_name
from odoo.tools import config

WORKER = """
import sys
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

config.parse_config(sys.argv[2:], setup_logging=False)
with Registry(config["db_name"][0]).cursor() as cr:
    operation = api.Environment(cr, SUPERUSER_ID, {})["helloword.operation"].browse(int(sys.argv[1]))
    operation._run(commit=cr.commit)
"""


def start_worker(operation_id):
    """:return: :class:`subprocess.Popen` that runs the operation as a job would"""
    options = ["-d", get_db_name(), "--addons-path", ",".join(config["addons_path"])]
    for name in ("db_host", "db_port", "db_user", "db_password"):
        if config[name]:
            options += [f"--{name}", str(config[name])]
    initialize_sys_path()
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(operation_id), *options],
        env=os.environ | {"PYTHONPATH": paths},
    )
