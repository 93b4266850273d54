"""What the parts of rules say about each other: one that takes all of another's returns, one
that nothing can meet. Only what is certain is said; doubt counts as no."""

from dataclasses import dataclass
from math import inf, nextafter

from odoo import models
from odoo.orm.domains import DomainCondition

from .rule_part import as_json

RANGES = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Term:
    """One condition on one field, in a form that can be compared.

    :param str path: dotted field name over returns; lines start with ``line_ids.``
    :param str operator: ``in``, ``not in``, ``range``, or any other operator of a domain
    :param value: frozenset for sets, (lowest, highest) for ranges, else text
    """

    path: str
    operator: str
    value: object


def get_terms(domain, prefix=""):
    """:param domain: one part of a domain that must hold
    :return: :class:`Term` of a single condition; of an alternative, one that equals itself only
    """
    if not isinstance(domain, DomainCondition):
        return Term(prefix, "tree", repr(domain))
    path, operator, value = prefix + domain.field_expr, domain.operator, domain.value
    if operator in ("=", "!=") and not isinstance(value, list | tuple):
        return Term(path, "in" if operator == "=" else "not in", frozenset([value]))
    if operator in ("in", "not in") and _is_plain(value):
        return Term(path, operator, frozenset(value))
    if operator in RANGES and isinstance(value, int | float) and not isinstance(value, bool):
        # An open end is the closed one next to it.
        limits = {
            "<": (-inf, nextafter(value, -inf)),
            "<=": (-inf, value),
            ">": (nextafter(value, inf), inf),
            ">=": (value, inf),
        }
        return Term(path, "range", limits[operator])
    return Term(path, operator, repr(as_json(value)))


def implies(term, wanted):
    """:return: whether everything that meets ``term`` certainly meets ``wanted``"""
    if term == wanted:
        return True
    if term.path != wanted.path:
        return False
    kinds = (term.operator, wanted.operator)
    if kinds == ("range", "range"):
        return wanted.value[0] <= term.value[0] and term.value[1] <= wanted.value[1]
    if kinds == ("in", "in"):
        return term.value <= wanted.value
    if kinds == ("in", "not in"):
        return not term.value & wanted.value
    if kinds == ("not in", "not in"):
        return wanted.value <= term.value
    if kinds == ("in", "range"):
        return all(
            isinstance(item, int | float) and wanted.value[0] <= item <= wanted.value[1]
            for item in term.value
        )
    return False


def excludes(term, other):
    """:return: whether nothing can meet both; for a field that has one value"""
    if term.path != other.path:
        return False
    kinds = {term.operator: term.value, other.operator: other.value}
    if term.operator == other.operator == "range":
        return max(term.value[0], other.value[0]) > min(term.value[1], other.value[1])
    if term.operator == other.operator == "in":
        return not term.value & other.value
    if set(kinds) == {"in", "not in"}:
        return kinds["in"] <= kinds["not in"]
    if set(kinds) == {"in", "range"}:
        low, high = kinds["range"]
        return not any(
            isinstance(item, int | float) and low <= item <= high for item in kinds["in"]
        )
    return False


def has_one_value(model, path):
    """:return: whether a dotted field name leads to one value of a record of the model"""
    for name in path.split("."):
        field = model._fields.get(name) if isinstance(model, models.BaseModel) else None
        if field is None or field.type in ("one2many", "many2many"):
            return False
        model = model.env[field.comodel_name] if field.relational else None
    return True


def _is_plain(values):
    return isinstance(values, list | tuple | set | frozenset) or (
        hasattr(values, "__iter__") and not isinstance(values, str) and not hasattr(values, "_ids")
    )
