from contextlib import contextmanager


@contextmanager
def batch_savepoint(env):
    """A savepoint that leaves alone what waits for the end of the transaction.

    The ordinary one also runs what is due before the commit, such as writing tracked changes to the
    chatter: a document that passes several savepoints would get a message at each.

    :param env: environment whose pending changes belong inside or before the savepoint
    """
    env.flush_all()
    try:
        with env.cr.savepoint(flush=False):
            yield
            env.flush_all()
    except Exception:
        # What is cached may have been rolled back.
        env.clear()
        raise
