from datetime import UTC, datetime, timedelta, timezone
from unittest import TestCase

from odoo.tests import tagged

from ..carriers.place_time import get_zone, place_moment


@tagged("post_install", "-at_install")
class TestPlaceTime(TestCase):
    """When something happened, where a carrier gives the clock on the wall."""

    def test_zones(self):
        self.assertEqual(get_zone("DE"), "Europe/Berlin")
        self.assertEqual(get_zone("us", "nv"), "America/Los_Angeles")
        self.assertEqual(get_zone("US"), "America/New_York")
        self.assertEqual(get_zone("CN"), "Asia/Shanghai")
        self.assertEqual(get_zone("AU", "WA"), "Australia/Perth")
        self.assertEqual((get_zone("XX"), get_zone("")), ("", ""))

    def test_zone_of_the_place(self):
        placed = place_moment(datetime(2026, 7, 1, 8, 30), ("US", "NV"), [("DE", "")])
        self.assertEqual(placed.moment, datetime(2026, 7, 1, 15, 30))
        self.assertEqual(placed.local, datetime(2026, 7, 1, 8, 30))
        self.assertEqual((placed.zone, placed.source), ("America/Los_Angeles", "place"))

    def test_zone_of_the_route(self):
        placed = place_moment(datetime(2026, 1, 10, 8), ("", ""), [("", ""), ("DE", "")])
        self.assertEqual(placed.moment, datetime(2026, 1, 10, 7))
        self.assertEqual(placed.source, "route")

    def test_offset_of_the_carrier_wins(self):
        moment = datetime(2026, 1, 10, 8, tzinfo=timezone(timedelta(hours=8)))
        placed = place_moment(moment, ("DE", ""))
        self.assertEqual(placed.moment, datetime(2026, 1, 10))
        self.assertEqual(placed.local, datetime(2026, 1, 10, 1))
        self.assertEqual(placed.source, "carrier")
        self.assertEqual(place_moment(moment, ("", "")).local, datetime(2026, 1, 10, 8))

    def test_nothing_known(self):
        placed = place_moment(datetime(2026, 1, 10, 8, 0, 0, 5), ("", ""))
        self.assertEqual((placed.moment, placed.source), (datetime(2026, 1, 10, 8), "none"))

    def test_hours_that_do_not_exist_or_exist_twice(self):
        gap = place_moment(datetime(2026, 3, 29, 2, 30), ("DE", ""))
        self.assertEqual(gap.moment, datetime(2026, 3, 29, 1, 30))
        twice = place_moment(datetime(2026, 10, 25, 2, 30), ("DE", ""))
        self.assertEqual(twice.moment, datetime(2026, 10, 25, 1, 30))

    def test_aware_utc(self):
        placed = place_moment(datetime(2026, 1, 10, 8, tzinfo=UTC), ("DE", ""))
        self.assertEqual(placed.local, datetime(2026, 1, 10, 9))
