"""Which variant a customer belongs to: always the same one, balanced, told by nobody's list."""

from hashlib import sha256

# What Python's floats hold exactly.
STEPS = 2**53


def digest(salt, key):
    """A customer's pseudonym within one experiment.

    :param str salt: the experiment's own, so that experiments do not share their draws
    :param str key: who the customer is
    :return: 64 hexadecimal digits
    """
    return sha256(f"{salt}\x1f{key}".encode()).hexdigest()


def choose(pseudonym, shares):
    """Draw by a pseudonym instead of a die.

    :param str pseudonym: see :func:`digest`
    :param shares: list of numbers, zero or more, not all zero
    :return: index of the share drawn
    """
    draw = int(pseudonym, 16) % STEPS / STEPS * sum(shares)
    edge = 0.0
    for index, share in enumerate(shares):
        edge += share
        if draw < edge:
            return index
    return max(index for index, share in enumerate(shares) if share > 0)
