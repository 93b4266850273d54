"""Where a list of our interface goes on: after the last change that was told. Plain Python."""

import base64
from datetime import datetime

# What the database's numbers of records reach.
LARGEST = 2**31 - 1


def write_cursor(moment, number):
    """:param datetime moment: of the last record's change (UTC, naive)
    :param int number: of that record
    """
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{number}".encode()).decode()


def read_cursor(cursor):
    """:return: tuple (moment, number), as :func:`write_cursor` got them
    :raise ValueError: it is none of ours
    """
    try:
        text, _bar, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        moment, number = datetime.fromisoformat(text), int(number)
    except (ValueError, UnicodeError) as error:
        raise ValueError("no cursor") from error
    if moment.tzinfo or not 0 <= number <= LARGEST:
        raise ValueError("no cursor")
    return moment, number
