"""What a scanner reads off a parcel, and which numbers may be meant. Plain Python.

Barcodes on parcels say more than the number people know: where the parcel goes, which service
brings it. A scan is therefore a list of candidates, the likeliest first. Sources: USPS Publication
199 (420 + ZIP before the number of the parcel); FedEx's 34-digit barcode, whose last digits are
the tracking number, and its 22-digit ground barcode, which ends in fifteen; DPD's parcel label
specification (%, 7 postcode, 14 number, 3 service, 3 country); ISO/IEC 15459 identifiers J to 6J,
read with or without their data identifier; GS1 General Specifications (AI 00 before an SSCC, AIM
symbology identifiers).
"""

import re

SCAN_LENGTH = 200
# A symbology identifier some scanners send first: ], a letter, a digit.
SYMBOLOGY = re.compile(r"^\][A-Za-z]\d")
# GS1 separators, as scanners and keyboards send them.
SEPARATOR = re.compile(r"Alt029|[\x00-\x1f\x7f]")
PATTERNS = (
    # USPS
    re.compile(r"^420(?:\d{9}|\d{5})(9\d{19,25})$"),
    # FedEx Express and Ground
    re.compile(r"^\d{20}0*(\d{12,14})$"),
    re.compile(r"^96\d{5}(\d{15})$"),
    # DPD
    re.compile(r"^%[0-9A-Z]{7}([0-9A-Z]{14})\d{6}[0-9A-Z]?$"),
    # SSCC
    re.compile(r"^00(\d{18})$"),
    # ISO/IEC 15459, data identifier printed or not
    re.compile(r"^[1-6]?J(J?[A-Z]{2}[0-9A-Z]{8,31})$"),
)
SSCC = re.compile(r"^\d{18}$")
ISO_LICENSE_PLATE = re.compile(r"^[A-Z]{2}\d{10,31}$")


def clean_scan(text):
    """:return: what was scanned, without what scanners add before, between and after"""
    text = SYMBOLOGY.sub("", (text or "").strip()[:SCAN_LENGTH])
    return SEPARATOR.sub("", text).strip()


def read_candidates(text):
    """The numbers a scan may stand for.

    >>> read_candidates("4209410394001000000000000000")[1]
    '94001000000000000000'

    :param str text: as the scanner sent it, or as a person typed it
    :return: list of distinct texts, as scanned first, then without spaces and in capitals, then
        without the carriers' additions; empty for an empty scan
    """
    text = clean_scan(text)
    plain = re.sub(r"[\s()]", "", text).upper()
    found = [text, text.upper(), plain]
    for pattern in PATTERNS:
        match = pattern.match(plain)
        if match:
            found.append(match[1])
            if match[1].isdigit() and len(match[1]) in (13, 14):
                found.append(match[1].lstrip("0"))
    if SSCC.match(plain):
        found.append(f"00{plain}")
    if ISO_LICENSE_PLATE.match(plain):
        found.append(f"J{plain}")
    return list(dict.fromkeys(filter(None, found)))
