"""A catalogue with a city for each test that needs one of its own: whole-stack tests keep apart by city."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from stack.layout import ROOT

SHIPPED = ROOT / "deploy" / "config"
SEATS = {"ga": (35, 40), "vip": (3, 3)}
CITIES = (
    "thread-sms",
    "thread-inventory",
    "thread-monitor",
    "thread-repeats",
    "thread-declined",
    "thread-debit",
    "thread-backlog",
    "thread-crowd",
    "thread-crash",
    "thread-trace",
    "thread-journey",
)


def write(folder: Path) -> Path:
    """The shipped configuration with the tests' cities added, unlisted."""
    shutil.copytree(SHIPPED, folder)
    path = folder / "catalogue.yaml"
    catalogue = yaml.safe_load(path.read_text())
    template = catalogue["cities"]["dallas-jan-2027"]
    for name in CITIES:
        city = {**template, "name": name.removeprefix("thread-").title(), "listed": False}
        city["tiers"] = {
            tier: {**entry, "publicLimit": SEATS[tier][0], "actualLimit": SEATS[tier][1]}
            for tier, entry in template["tiers"].items()
        }
        catalogue["cities"][name] = city
    path.write_text(yaml.safe_dump(catalogue, sort_keys=False))
    return folder
