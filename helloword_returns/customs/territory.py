"""Customs territories: between which places goods need papers. Plain Python, dated, with sources.

Odoo's country group “European Union” holds the member states. Customs follow territories instead:
Monaco belongs to the Union's, Helgoland and Livigno do not, the Canary Islands do but have a tax
border. What differs from the member states is listed in :data:`PLACES`, by country code or by the
beginnings of postal codes. No legal advice.

Sources: Regulation (EU) 952/2013 (Union Customs Code) Art. 4; Directive 2006/112/EC Art. 5 and 6;
Windsor Framework, Art. 5 and Annex 2; customs arrangements of the United Kingdom with the Isle of Man,
Jersey and Guernsey (2018/2019); customs treaty of Switzerland and Liechtenstein (1923); 19 CFR 101.1
(customs territory of the United States).

Left out, so that papers are rather made than missing: customs unions in which goods still need
declarations or proof of their status (Türkiye, Andorra and San Marino with the Union; southern
Africa, the Gulf, the Eurasian Economic Union) and territories of other states.
"""

from dataclasses import dataclass
from datetime import date

EU = "EU"
UK = "UK"
NORTHERN_IRELAND = "XI"
SWITZERLAND = "CH"
UNITED_STATES = "US"

MEMBER_STATES = {
    **dict.fromkeys(
        [
            "AT",
            "BE",
            "BG",
            "CY",
            "CZ",
            "DE",
            "DK",
            "EE",
            "ES",
            "FI",
            "FR",
            "GR",
            "HU",
            "IE",
            "IT",
            "LT",
            "LU",
            "LV",
            "MT",
            "NL",
            "PL",
            "PT",
            "RO",
            "SE",
            "SI",
            "SK",
        ],
        (date.min, date.max),
    ),
    "HR": (date(2013, 7, 1), date.max),
}


@dataclass(frozen=True)
class Place:
    """Where a country code, or some of its postal codes, belong.

    :param str code: of the country, ISO 3166-1 alpha-2 as Odoo writes it
    :param str territory: the customs territory, EU and UK or a country code
    :param zips: beginnings of postal codes; empty: the whole country
    :param bool fiscal_border: in the customs territory, but not in its territory of value added tax
    """

    code: str
    territory: str
    name: str
    zips: tuple[str, ...] = ()
    fiscal_border: bool = False
    since: date = date.min
    until: date = date.max


# The first one that fits counts.
PLACES = (
    # Parts of member states outside the Union's customs territory.
    Place("DE", "DE-HELGOLAND", "Helgoland", ("27498",)),
    Place("DE", SWITZERLAND, "Büsingen am Hochrhein", ("78266",)),
    Place("IT", "IT-LIVIGNO", "Livigno", ("23041",)),
    Place("IT", "IT-CAMPIONE", "Campione d'Italia", ("22061",), until=date(2019, 12, 31)),
    Place("ES", "ES-CEUTA", "Ceuta", ("51",)),
    Place("ES", "ES-MELILLA", "Melilla", ("52",)),
    Place("FR", "BL", "Saint-Barthélemy", ("97133", "97700"), since=date(2012, 1, 1)),
    Place("FR", "PM", "Saint-Pierre-et-Miquelon", ("975",)),
    Place("FR", "FR-PACIFIC", "French territories of the Pacific", ("986", "987", "988")),
    Place("DK", "GL", "Greenland", ("39",)),
    # In the customs territory, outside that of value added tax.
    Place("ES", EU, "Canary Islands", ("35", "38"), fiscal_border=True),
    Place("IT", EU, "Campione d'Italia", ("22061",), True, since=date(2020, 1, 1)),
    Place("FR", EU, "Saint-Martin", ("97150", "97800"), fiscal_border=True),
    Place("FR", EU, "Guadeloupe", ("971",), fiscal_border=True),
    Place("FR", EU, "Martinique", ("972",), fiscal_border=True),
    Place("FR", EU, "French Guiana", ("973",), fiscal_border=True),
    Place("FR", EU, "Réunion", ("974",), fiscal_border=True),
    Place("FR", EU, "Mayotte", ("976",), fiscal_border=True, since=date(2014, 1, 1)),
    Place("FI", EU, "Åland", ("22",), fiscal_border=True),
    Place("GR", EU, "Mount Athos", ("63086", "63087"), fiscal_border=True),
    Place("AX", EU, "Åland", fiscal_border=True),
    Place("GP", EU, "Guadeloupe", fiscal_border=True),
    Place("GF", EU, "French Guiana", fiscal_border=True),
    Place("MQ", EU, "Martinique", fiscal_border=True),
    Place("RE", EU, "Réunion", fiscal_border=True),
    Place("MF", EU, "Saint-Martin", fiscal_border=True),
    Place("YT", EU, "Mayotte", fiscal_border=True, since=date(2014, 1, 1)),
    # Other states and codes in the Union's customs territory.
    Place("MC", EU, "Monaco"),
    # The United Kingdom. Northern Ireland is part of its customs territory and applies the Union's
    # customs law; see get_border.
    Place("GB", EU, "United Kingdom", until=date(2020, 12, 31)),
    Place("XI", EU, "Northern Ireland", until=date(2020, 12, 31)),
    Place("GB", NORTHERN_IRELAND, "Northern Ireland", ("BT",)),
    Place("XI", NORTHERN_IRELAND, "Northern Ireland"),
    Place("GB", UK, "United Kingdom"),
    Place("IM", UK, "Isle of Man"),
    Place("JE", UK, "Jersey", fiscal_border=True),
    Place("GG", UK, "Guernsey", fiscal_border=True),
    # One territory under two codes.
    Place("LI", SWITZERLAND, "Liechtenstein"),
    Place("PR", UNITED_STATES, "Puerto Rico"),
    # American territories outside the customs territory of the United States, where they are written
    # as states of it.
    Place("US", "VI", "United States Virgin Islands", ("008",)),
    Place("US", "AS", "American Samoa", ("96799",)),
    Place("US", "GU", "Guam", ("9691", "9692", "9693")),
    Place("US", "MP", "Northern Mariana Islands", ("9695",)),
)

# Where an address says its state or province and no postal code: a postal code of the place, by
# country and by the code Odoo gives the state.
ZIPS_OF_STATES = {
    ("ES", "CE"): "51001",
    ("ES", "GC"): "35001",
    ("ES", "ME"): "52001",
    ("ES", "TF"): "38001",
    ("US", "AS"): "96799",
    ("US", "GU"): "96910",
    ("US", "MP"): "96950",
    ("US", "VI"): "00802",
    # The six counties of Northern Ireland.
    **dict.fromkeys([("GB", code) for code in ("D5", "D7", "D9", "E3", "E5", "E7")], "BT1"),
}

_BY_CODE = {
    code: tuple(place for place in PLACES if place.code == code)
    for code in {place.code for place in PLACES}
}


@dataclass(frozen=True)
class Border:
    """What lies between two places.

    :param str kind: none, fiscal (papers are needed, but goods stay in the customs territory) or
        customs
    :param str note: key of what people should know, see ``return_customs``: fiscal,
        great_britain_to_northern_ireland, northern_ireland_to_great_britain, or empty
    """

    kind: str
    note: str = ""

    def __bool__(self):
        return self.kind != "none"


def get_place(country, zip_code="", day=None):
    """Where an address belongs.

    :param str country: ISO 3166-1 alpha-2 code
    :param str zip_code: as written; spaces and case do not matter
    :param date day: when the goods travel; None: today
    :return: :class:`Place`; a country nothing is listed for is a territory of its own
    """
    day = day or date.today()
    country = (country or "").upper()
    zip_code = (zip_code or "").upper().replace(" ", "").removeprefix(f"{country}-")
    for place in _BY_CODE.get(country, ()):
        if place.since <= day <= place.until and (
            not place.zips or zip_code.startswith(place.zips)
        ):
            return place
    since, until = MEMBER_STATES.get(country, (date.max, date.min))
    return Place(country, EU if since <= day <= until else country, country)


def complete_zip(country, zip_code="", state=""):
    """The postal code places are found by.

    :param str country: ISO 3166-1 alpha-2 code
    :param str zip_code: as written; it counts before the state
    :param str state: code of the state or province, as Odoo writes it
    :return: the postal code, or one of the state; empty where neither is known
    """
    return (zip_code or "").strip() or ZIPS_OF_STATES.get((country, state), "")


def get_border(origin, destination, day=None):
    """What goods meet on their way.

    :param origin: tuple (country code, postal code)
    :param destination: tuple (country code, postal code)
    :param date day: when they travel; None: today
    :return: :class:`Border`; none where a country is not known
    """
    if not origin[0] or not destination[0]:
        return Border("none")
    start, end = get_place(*origin, day), get_place(*destination, day)
    pair = (start.territory, end.territory)
    if pair == (UK, NORTHERN_IRELAND):
        return Border("customs", "great_britain_to_northern_ireland")
    if pair == (NORTHERN_IRELAND, UK):
        return Border("none", "northern_ireland_to_great_britain")
    if set(pair) == {EU, NORTHERN_IRELAND}:
        fiscal = start.fiscal_border or end.fiscal_border
        return Border("fiscal", "fiscal") if fiscal else Border("none")
    if start.territory != end.territory:
        return Border("customs")
    if (start.fiscal_border or end.fiscal_border) and start.name != end.name:
        return Border("fiscal", "fiscal")
    return Border("none")


def is_same_territory(one, other, day=None):
    """Whether goods exported from one place come home when they reach the other.

    :param one: tuple (country code, postal code)
    :param other: tuple (country code, postal code)
    """
    territories = {get_place(*one, day).territory, get_place(*other, day).territory}
    return len(territories) == 1 or territories == {UK, NORTHERN_IRELAND}
