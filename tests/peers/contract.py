"""A peer that refuses what the vendor's published contract does not allow, and keeps to it."""

import re

from ..contract import find_faults, read_properties
from .base import Peer, Reply


class ContractPeer(Peer):
    """Subclasses name their ``contract`` and their ``operations``.

    :cvar operations: tuples (method, path as regular expression, definition of the query or empty,
        definition of the body or empty, definitions of the answer by status)
    :ivar breaches: texts about calls of ours and answers of the peer that break the contract
    """

    contract = ""
    operations = ()

    def __init__(self):
        super().__init__()
        self.breaches = []

    def refuse(self, faults):
        """How the vendor answers a call that breaks its contract."""
        return Reply(400, {"message": "; ".join(faults)})

    def _dispatch(self, call):
        operation = self._find_operation(call)
        if operation is None:
            return super()._dispatch(call)
        _method, path, query, body, answers = operation
        faults = []
        if query:
            faults += find_faults(self.contract, query, self._decode(query, call.query))
        if body:
            faults += find_faults(self.contract, body, call.json)
        reply = self.refuse(faults) if faults else super()._dispatch(call)
        if reply.status in answers:
            faults += find_faults(self.contract, answers[reply.status], reply.content)
        with self.lock:
            self.breaches += [f"{call.method} {path}: {fault}" for fault in faults]
        return reply

    def _find_operation(self, call):
        for operation in self.operations:
            if operation[0] == call.method and re.fullmatch(operation[1], call.path):
                return operation
        return None

    def _decode(self, definition, query):
        """A query as typed as its definition: all of it arrives as text."""
        properties = read_properties(self.contract, definition)
        return {
            name: int(value)
            if value.isdigit() and "integer" in properties.get(name, {}).get("type", ())
            else value
            for name, value in query.items()
        }
