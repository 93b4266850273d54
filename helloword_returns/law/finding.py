"""What a check found, and the law it was held against."""

from dataclasses import dataclass, field

from .regulation import Regulation

ERROR, WARNING, HINT = "error", "warning", "hint"
SEVERITIES = (ERROR, WARNING, HINT)


@dataclass(frozen=True, slots=True)
class Finding:
    """:ivar code: names the check; the text is made from it and ``args``
    :ivar jurisdiction: ``DE``, ``US-NY``
    :ivar args: values the text needs
    :ivar regulation: the rule that is broken
    """

    code: str
    severity: str
    jurisdiction: str
    regulation: Regulation
    args: dict = field(default_factory=dict)


class Law:
    """The law of one jurisdiction on one day, as the checks read it.

    :param rulebook: :class:`~.rulebook.Rulebook`
    :param str jurisdiction: ``DE``, ``US-NY``
    :param date day: the day whose law counts
    """

    def __init__(self, rulebook, jurisdiction, day):
        self.jurisdiction = jurisdiction
        self.country = jurisdiction[:2]
        self._rulebook, self._day = rulebook, day

    @property
    def is_eu(self):
        return self._rulebook.is_in_eu(self.country)

    @property
    def is_eu_or_gb(self):
        return self._rulebook.is_eu_or_gb(self.country)

    def get(self, key):
        return self._rulebook.get(self.jurisdiction, key, self._day)

    def first(self, *keys):
        """:return: the first of these rules that exists here, or None"""
        return next(filter(None, map(self.get, keys)), None)

    def flag(self, key):
        return self._rulebook.flag(self.jurisdiction, key, self._day)

    def find(self, code, severity, regulation, **args):
        """A finding. What rests on a rule that is not confirmed is never an error; without any
        rule behind it there is no finding.

        :return: list of one :class:`Finding`, or of none
        """
        if regulation is None:
            return []
        if severity == ERROR and not regulation.is_confirmed:
            severity = WARNING
        return [Finding(code, severity, self.jurisdiction, regulation, args)]
