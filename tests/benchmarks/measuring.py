"""What benchmarks measure with."""

import os
import time
from pathlib import Path


class Stopwatch:
    """Seconds until the work within is committed, starting like a request with an empty cache."""

    def __init__(self, env):
        self.env = env
        self.seconds = 0.0

    def __enter__(self):
        self.env.invalidate_all()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_error):
        self.env.cr.commit()
        self.seconds = time.perf_counter() - self._start


def get_memory(env):
    """The most memory used so far.

    :return: tuple of megabytes (this process, its PostgreSQL process; 0 where it is not ours to
        look at)
    """
    env.cr.execute("SELECT pg_backend_pid()")
    return _get_peak(os.getpid()), _get_peak(env.cr.fetchone()[0])


def _get_peak(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(lines.get("VmHWM", "0 kB").split()[0]) / 1024
