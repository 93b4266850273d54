"""The parts a rule's condition is made of, each testable and explainable by itself."""

from dataclasses import dataclass
from typing import Any

from odoo import models
from odoo.fields import Domain
from odoo.orm.domains import DomainAnd, DomainCondition, DomainNot, DomainOr


@dataclass(frozen=True)
class RulePart:
    """One thing a rule asks of a return; all parts of a rule must hold.

    :param str code: what kind of part: condition, company, channels, countries, period, hours,
        amount
    :param domain: :class:`odoo.fields.Domain` over returns, for parts the database can test
    :param wanted: what is asked, as JSON
    :param path: field of the return whose value explains the outcome
    """

    code: str
    domain: Domain | None = None
    path: str = ""
    operator: str = ""
    wanted: Any = None

    def as_json(self):
        return {
            "code": self.code,
            "path": self.path,
            "operator": self.operator,
            "wanted": self.wanted,
        }


def split_domain(domain):
    """A domain as the parts that must all hold.

    :return: list of :class:`RulePart`; an alternative or a negation stays whole
    """
    children = domain.children if isinstance(domain, DomainAnd) else (domain,)
    return [_as_part(child) for child in children if not child.is_true()]


def _as_part(domain):
    if isinstance(domain, DomainCondition):
        return RulePart(
            "condition",
            domain,
            domain.field_expr,
            domain.operator,
            as_json(domain.value),
        )
    return RulePart("condition", domain, "", "tree", as_tree(domain))


def as_tree(domain):
    """A domain as nested JSON lists that :func:`describe_tree` can tell."""
    if isinstance(domain, DomainCondition):
        return [domain.field_expr, domain.operator, as_json(domain.value)]
    if isinstance(domain, DomainNot):
        return ["!", as_tree(domain.child)]
    if isinstance(domain, DomainAnd | DomainOr):
        return ["&" if isinstance(domain, DomainAnd) else "|", *map(as_tree, domain.children)]
    return [bool(domain.is_true())]


def get_paths(part):
    """:param dict part: as :meth:`RulePart.as_json` gives it
    :return: list of the fields a part looks at
    """
    if part["operator"] == "tree":
        return list(_iterate_paths(part["wanted"]))
    return [part["path"]] if part["path"] else []


def _iterate_paths(tree):
    if tree and tree[0] in ("&", "|", "!"):
        for branch in tree[1:]:
            yield from _iterate_paths(branch)
    elif len(tree) == 3:
        yield tree[0]


def read_path(record, path):
    """The value a return has under a dotted field name.

    :return: JSON value; names for records, a list where a path leads through several records
    """
    values = record
    for name in path.split("."):
        if not isinstance(values, models.BaseModel):
            break
        if name not in values._fields:
            return None
        values = values[name] if len(values) == 1 else values.mapped(name)
    if isinstance(values, models.BaseModel):
        values = values.mapped("display_name")
    return as_json(values)


def as_json(value):
    if isinstance(value, Domain):
        return as_tree(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if hasattr(value, "__iter__") and not isinstance(value, str | dict):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
