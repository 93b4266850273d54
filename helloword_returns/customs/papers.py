"""Which paper a parcel needs and whether what stands on it can be true. Plain Python.

Source of the limits: Universal Postal Convention and its regulations (CN 22 up to 300 SDR, letter
post up to 2 kg; CN 23 above). Amounts and rates are dated data, see ``helloword.customs.figure``.
"""

import re

CN22 = "cn22"
CN23 = "cn23"
COMMERCIAL = "commercial"
PROFORMA = "proforma"

# Carriers whose parcels travel as mail, by words in the names services give them.
POSTAL_CARRIERS = (
    "usps",
    "postal",
    "post",
    "poste",
    "posten",
    "postnl",
    "postnord",
    "bpost",
    "correos",
    "correios",
    "colissimo",
    "ems",
    "royal mail",
    "royalmail",
    "parcelforce",
    "epacket",
)
# Names that look postal and are not.
NOT_POSTAL = ("dhl express", "dpd", "gls", "fedex", "ups", "tnt", "hermes", "evri")

_HS_CODE = re.compile(r"\d{6}(\d{2}){0,2}")
_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]{3,}")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u2e80-\ud7ff\uf900-\ufaff]")


def choose_form(is_postal, is_invoiced, value_sdr, weight, limit_sdr, limit_weight):
    """The paper a parcel needs.

    :param bool is_postal: it travels as mail
    :param bool is_invoiced: an invoice of the sale exists
    :param value_sdr: of the goods, in special drawing rights
    :param weight: of the parcel, in kilograms
    :return: cn22, cn23, commercial or proforma
    """
    if is_postal:
        return CN22 if value_sdr <= limit_sdr and weight <= limit_weight else CN23
    return COMMERCIAL if is_invoiced else PROFORMA


def is_postal_carrier(name):
    """:return: whether a carrier of this name is a post; unknown ones are not"""
    text = (name or "").lower()
    words = re.split(r"[^a-zà-ÿ]+", text)
    if any(bad in words or (" " in bad and bad in text) for bad in NOT_POSTAL):
        return False
    return any(good in words or (" " in good and good in text) for good in POSTAL_CARRIERS)


def clean_hs_code(text):
    """:return: the digits of a code people write with dots and spaces"""
    return re.sub(r"[\s.\-]", "", text or "")


def is_hs_code(text):
    """:return: whether this is a code of the Harmonized System: 6, 8 or 10 digits, and a chapter
    that exists
    """
    digits = clean_hs_code(text)
    return bool(_HS_CODE.fullmatch(digits)) and digits[:2] not in ("00", "77")


def is_description(text, sku=""):
    """Whether customs officers can tell from a description what the goods are.

    :param str sku: of the product, which is no description
    :return: False for an empty text, a code, or one in a script they need not read
    """
    text = (text or "").strip()
    if not text or text.lower() == (sku or "").strip().lower():
        return False
    return bool(_WORD.search(text)) and not _OTHER_SCRIPT.search(text)
