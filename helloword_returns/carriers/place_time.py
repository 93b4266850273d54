"""Moments of places: carriers often give the clock on the wall and no zone.

Zones come from the IANA database as ``pytz`` holds it. For the countries with several zones that
parcels mostly travel through, the state decides; where it has several itself, the one most of its
people live in.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytz

_STATES_BY_ZONE = {
    "US": {
        "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
        "America/Denver": "CO ID MT NM UT WY",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA NV OR WA",
        "America/Anchorage": "AK",
        "Pacific/Honolulu": "HI",
    },
    "CA": {
        "America/St_Johns": "NL",
        "America/Halifax": "NB NS PE",
        "America/Toronto": "NU ON QC",
        "America/Winnipeg": "MB",
        "America/Regina": "SK",
        "America/Edmonton": "AB NT",
        "America/Vancouver": "BC",
        "America/Whitehorse": "YT",
    },
    "AU": {
        "Australia/Sydney": "ACT NSW",
        "Australia/Melbourne": "VIC",
        "Australia/Brisbane": "QLD",
        "Australia/Adelaide": "SA",
        "Australia/Darwin": "NT",
        "Australia/Perth": "WA",
        "Australia/Hobart": "TAS",
    },
    "BR": {
        "America/Manaus": "AM RO RR",
        "America/Cuiaba": "MT",
        "America/Campo_Grande": "MS",
        "America/Rio_Branco": "AC",
        "America/Sao_Paulo": "AL AP BA CE DF ES GO MA MG PA PB PE PI PR RJ RN RS SC SE SP TO",
    },
}
_ZONE_BY_STATE = {
    (country, state): zone
    for country, zones in _STATES_BY_ZONE.items()
    for zone, states in zones.items()
    for state in states.split()
}
# Where a country's first zone in the IANA table is not the one most of its people live in.
_MAIN_ZONES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
}


@dataclass(frozen=True)
class PlacedMoment:
    """:param moment: naive UTC
    :param local: the clock on the wall there, naive
    :param str zone: name of the zone ``local`` is in, empty where the carrier gave only an offset
    :param str source: ``carrier`` (it gave a zone), ``place`` (of the event), ``route`` (another
        place of the parcel's way), ``none`` (taken for UTC)
    """

    moment: datetime
    local: datetime
    zone: str
    source: str


def get_zone(country, state=""):
    """:param str country: ISO 3166-1 alpha-2
    :param str state: code within the country
    :return: name of a time zone, empty when the country is not known
    """
    country, state = (country or "").upper(), (state or "").upper()
    zone = _ZONE_BY_STATE.get((country, state)) or _MAIN_ZONES.get(country)
    if zone:
        return zone
    zones = pytz.country_timezones.get(country)
    return zones[0] if zones else ""


def place_moment(moment, place, route=()):
    """When something happened, in UTC and on the clock there.

    :param moment: :class:`datetime.datetime`, naive when the carrier gave local time
    :param place: tuple (country, state) of the event
    :param route: such tuples that may stand in where the event says no place, best first
    :return: :class:`PlacedMoment`, to the second
    """
    moment = moment.replace(microsecond=0)
    zone = get_zone(*place)
    if moment.tzinfo is not None:
        utc = moment.astimezone(UTC)
        local = utc.astimezone(pytz.timezone(zone)) if zone else moment
        return PlacedMoment(
            utc.replace(tzinfo=None), local.replace(tzinfo=None), zone, source="carrier"
        )
    source = "place"
    if not zone:
        source = "route"
        zone = next(filter(None, (get_zone(*other) for other in route)), "")
    if not zone:
        return PlacedMoment(moment, moment, "UTC", "none")
    timezone = pytz.timezone(zone)
    # An hour that does not exist, or exists twice, is taken for standard time.
    utc = timezone.localize(moment, is_dst=False).astimezone(UTC)
    return PlacedMoment(utc.replace(tzinfo=None), moment, zone, source)
