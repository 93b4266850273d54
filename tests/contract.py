"""The published contracts of third parties, cut to what we use: ``tests/contracts/*.json``.

Each file is a JSON Schema (2020-12) whose ``$defs`` are the vendor's own definitions, names and
types as published, without their prose; ``$comment`` says where it was published, its version and
its licence. ``nullable`` of OpenAPI 3.0 was written as a type "null", and words beside a ``$ref``,
which OpenAPI 3.0 ignores, were left out.
"""

import json
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_FOLDER = Path(__file__).with_name("contracts")


@cache
def _read(name):
    content = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(content)
    return content


@cache
def _registry(name):
    return Registry().with_resource(name, Resource(_read(name), DRAFT202012))


@cache
def _validator(name, definition):
    # Without a format checker every text would pass as a date or an address.
    return Draft202012Validator(
        {"$ref": f"{name}#/$defs/{definition}"},
        registry=_registry(name),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def find_faults(name, definition, content):
    """What of a message breaks a contract.

    :param str name: of the contract's file, without ``.json``
    :param str definition: a key of its ``$defs``
    :param content: decoded JSON
    :return: list of texts, empty when all is well
    """
    return [
        f"{error.json_path}: {error.message}"
        for error in _validator(name, definition).iter_errors(content)
    ]


def read_definition(name, definition):
    """:return: the vendor's own schema of something"""
    return _read(name)["$defs"][definition]


def read_properties(name, definition):
    """:return: dict of the schemas of an object's properties"""
    return read_definition(name, definition).get("properties", {})
