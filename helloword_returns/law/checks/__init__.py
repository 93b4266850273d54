"""Policy checks, one function a code; see :func:`check`."""

from ..finding import SEVERITIES, Law
from . import approval, exclusions, faulty, fee, information, label, refund, window

CHECKS = [
    *window.CHECKS,
    *label.CHECKS,
    *refund.CHECKS,
    *fee.CHECKS,
    *approval.CHECKS,
    *exclusions.CHECKS,
    *faulty.CHECKS,
    *information.CHECKS,
]


def check(policy, rulebook, jurisdictions, day):
    """Hold a policy against the law of the places it reaches.

    A country is checked with its states and provinces; what they merely inherit is told once, for
    the country.

    :param policy: :class:`~..policy.Policy`
    :param rulebook: :class:`~..rulebook.Rulebook`
    :param jurisdictions: codes such as ``DE``, ``US``, ``US-NY``
    :param date day: the day whose law counts
    :return: list of :class:`~..finding.Finding`, errors first
    """
    findings = []
    for jurisdiction in sorted(set(jurisdictions)):
        findings += _check_place(policy, Law(rulebook, jurisdiction, day))
        if len(jurisdiction) > 2:
            continue
        for subdivision in rulebook.get_subdivisions(jurisdiction):
            if subdivision not in jurisdictions:
                findings += [
                    finding
                    for finding in _check_place(policy, Law(rulebook, subdivision, day))
                    if finding.regulation.subdivision == subdivision
                ]
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _check_place(policy, law):
    return [finding for run in CHECKS for finding in run(policy, law)]
