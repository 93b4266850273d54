# SPDX-License-Identifier: LGPL-3.0-or-later
"""Progress lines, failures that say what to do, and commands run in a log."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time


class Failure(Exception):
    """A step failed; the text says what happened and what to do."""


def say(text=""):
    print(text, flush=True)


@contextlib.contextmanager
def step(text):
    """Print what is being done, then how many seconds it took.

    The outcome is the list it hands out: what is put into it says that it went wrong.
    """
    say(f"  … {text}")
    start = time.monotonic()
    wrong = []
    yield wrong
    say(f"  {'✗' if wrong else '✓'} {text} ({time.monotonic() - start:.1f} s)")


@contextlib.contextmanager
def file_lock(path):
    """Let one process at a time through, across checkouts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("  … waiting for another ./dev to finish the same step")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(args, *, log=None, hint="", env=None, cwd=None, user=None):
    """Run a command quietly.

    :param Path log: file that keeps the output
    :param str hint: what a person can do when it fails
    :param str user: run as this account (only when root)
    :return: the output
    :raise Failure: with the end of the output, when the command fails
    """
    args = as_user(user, [str(arg) for arg in args])
    try:
        done = subprocess.run(
            args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Failure(f"{args[0]} could not be started: {error}. {hint}".strip()) from None
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "a", encoding="utf-8") as handle:
            handle.write(f"$ {' '.join(args)}\n{done.stdout}\n")
    if done.returncode:
        tail = "\n".join(f"      {line}" for line in done.stdout.strip().splitlines()[-12:])
        where = f" (whole output: {log})" if log else ""
        raise Failure(f"{' '.join(args[:6])} failed{where}:\n{tail}\n{hint}".rstrip())
    return done.stdout


def as_user(user, args):
    """The command to run ``args`` under another account, without a login."""
    if not user or os.geteuid() != 0:
        return args
    return ["setpriv", f"--reuid={user}", f"--regid={user_group(user)}", "--clear-groups", *args]


def user_group(user):
    import grp
    import pwd

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def fail(error):
    print(f"\n✗ {error}", file=sys.stderr, flush=True)
    return 1
