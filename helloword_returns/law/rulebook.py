"""Which regulation holds for a buyer: the national one before the European Union's."""

from .regulation import EUROPEAN_UNION


class Rulebook:
    """Regulations by jurisdiction and key.

    Immutable once made: it may be shared between threads.

    :param regulations: iterable of :class:`~.regulation.Regulation`
    :param eu_countries: ISO codes of the Member States
    """

    def __init__(self, regulations, eu_countries):
        self._by_key = {(reg.jurisdiction, reg.key): reg for reg in regulations}
        self._eu_countries = frozenset(eu_countries)
        self._subdivisions = {}
        for reg in self._by_key.values():
            if reg.subdivision:
                self._subdivisions.setdefault(reg.country, set()).add(reg.subdivision)

    def __iter__(self):
        return iter(self._by_key.values())

    def get(self, jurisdiction, key, day):
        """What holds on a day.

        A subdivision's own rule comes first, then its country's, then the Union's. A national
        rule gives way to the Union's when it is not confirmed, or when it is an open text where
        the Union says yes or no (a transposition that is not settled).

        :param str jurisdiction: ``DE``, ``US`` or ``US-NY``
        :param date day: the buyer's day; what applies from a later day does not count
        :return: :class:`~.regulation.Regulation` or None
        """
        country = jurisdiction[:2]
        if jurisdiction != country:
            own = self._in_force(jurisdiction, key, day)
            if own:
                return own
        national = self._in_force(country, key, day)
        union = self._in_force(EUROPEAN_UNION, key, day) if self.is_in_eu(country) else None
        if national and union and _gives_way(national, union):
            return union
        return national or union

    def days(self, jurisdiction, key, day):
        """:return: the value of :meth:`get` in calendar days, or None"""
        regulation = self.get(jurisdiction, key, day)
        return regulation.days if regulation else None

    def flag(self, jurisdiction, key, day):
        """:return: True, False, or None when it is not known or not settled"""
        regulation = self.get(jurisdiction, key, day)
        return regulation.flag if regulation else None

    def get_all(self, jurisdiction, day):
        """Everything that holds for a buyer there, the Union's rules included.

        :return: dict of key → regulation
        """
        country = jurisdiction[:2]
        places = {jurisdiction, country} | ({EUROPEAN_UNION} if self.is_in_eu(country) else set())
        keys = {reg.key for reg in self if reg.jurisdiction in places}
        found = {key: self.get(jurisdiction, key, day) for key in sorted(keys)}
        return {key: regulation for key, regulation in found.items() if regulation}

    def is_in_eu(self, country):
        return country in self._eu_countries

    def is_eu_or_gb(self, jurisdiction):
        return jurisdiction[:2] == "GB" or self.is_in_eu(jurisdiction[:2])

    def get_subdivisions(self, country):
        """:return: sorted codes of the states and provinces with rules of their own"""
        return sorted(self._subdivisions.get(country, ()))

    def _in_force(self, jurisdiction, key, day):
        regulation = self._by_key.get((jurisdiction, key))
        return regulation if regulation and regulation.is_in_force(day) else None


def _gives_way(national, union):
    return not national.is_confirmed or (union.unit == "bool" and national.unit == "text")
