"""Consumer law on returns, in plain Python: what is known, what breaks it, when money is due.

No ORM: :mod:`rulebook` holds sourced regulations, :mod:`policy` what a seller promises or does,
:mod:`checks` compares the two, :mod:`clock` says when a refund is due. Hints, not legal advice.
"""
