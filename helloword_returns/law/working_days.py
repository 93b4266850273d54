"""Working days of a jurisdiction, holidays included.

Holidays come from the PyPI package ``holidays`` (MIT), which also knows each country's weekend.
"""

from datetime import timedelta
from functools import lru_cache

import holidays


def add_working_days(start, count, jurisdiction):
    """The working day that many working days after a day; that day itself does not count.

    :param date start: e.g. the day of receipt
    :param int count: number of working days, from 1
    :param str jurisdiction: ``KR`` or ``US-HI``; where its holidays are not known, Saturdays and
        Sundays alone are left out
    :return: date
    """
    calendar = _get_calendar(jurisdiction)
    if calendar is not None:
        return calendar.get_nth_working_day(start, count)
    day = start
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


@lru_cache(maxsize=256)
def _get_calendar(jurisdiction):
    country, _dash, subdivision = jurisdiction.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        try:
            return holidays.country_holidays(country)
        except NotImplementedError:
            return None
