"""Reads the business's YAML files (O-13), checks them as a whole, and reloads them at run time.

    config = load(settings.config_dir)
    config.catalogue.cities["dallas-jan-2027"].tiers["ga"].price

Models are frozen. Keys in YAML are camelCase, attributes snake_case. `ConfigError` lists everything that is wrong, with
file, line and what to do.
"""

from __future__ import annotations

from config.abuse import Abuse, Mark, Sign, VelocityRule
from config.alert_rules import CITY_NEARLY_SOLD_OUT, STOCK_LEVEL, AlertRules, Weight
from config.brand import Brand
from config.catalogue import Catalogue, City, DiscountCode, Pass, Tier, Venue
from config.contacts import BusinessHours, Contacts, Person
from config.errors import ConfigError, Finding
from config.fees import Fees, ProcessorFee
from config.loading import Config, load
from config.measured_rules import EvidenceKind, FigureForm, Figures, Limit, MeasuredRule, Unit, amount
from config.messages import ChannelRules, Lane, MessageKind, Messages, MessageSettings
from config.routing import Routing, SeverityRoute
from config.schedules import Reminder, Schedules
from config.stock_levels import PoolStatus, StockLevel, StockLevels, Threshold, is_low, pool_status
from config.vendors import Vendors
from config.watching import ConfigWatcher

__all__ = [
    "CITY_NEARLY_SOLD_OUT",
    "STOCK_LEVEL",
    "Abuse",
    "AlertRules",
    "Brand",
    "BusinessHours",
    "Catalogue",
    "ChannelRules",
    "City",
    "Config",
    "ConfigError",
    "ConfigWatcher",
    "Contacts",
    "DiscountCode",
    "EvidenceKind",
    "Fees",
    "FigureForm",
    "Figures",
    "Finding",
    "Lane",
    "Limit",
    "Mark",
    "MeasuredRule",
    "MessageKind",
    "MessageSettings",
    "Messages",
    "Pass",
    "Person",
    "PoolStatus",
    "ProcessorFee",
    "Reminder",
    "Routing",
    "Schedules",
    "SeverityRoute",
    "Sign",
    "StockLevel",
    "StockLevels",
    "Threshold",
    "Tier",
    "Unit",
    "VelocityRule",
    "Vendors",
    "Venue",
    "Weight",
    "amount",
    "is_low",
    "load",
    "pool_status",
]
