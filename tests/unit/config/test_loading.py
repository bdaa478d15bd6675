from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chassis.errors import Misconfigured
from config import ConfigError, load

SHIPPED = Path("deploy/config")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files, to be spoilt."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "config"))


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first occurrence; the number of its line."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def findings(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as failed:
        load(folder)
    return str(failed.value).splitlines()


@pytest.mark.proves("O-13")
def test_shipped_files_are_valid() -> None:
    config = load(SHIPPED)
    assert len(config.catalogue.cities) == 6
    assert not config.catalogue.cities["demo"].listed
    assert config.brand.name == "6FB Workshops"


@pytest.mark.proves("O-13", "C-2")
@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        (
            "price: 59900",
            "price: 599.00",
            "cities.dallas-jan-2027.tiers.ga.price",
            "minor units (cents)",
        ),
        ("price: 59900", "price: '59900'", "cities.dallas-jan-2027.tiers.ga.price", "e.g. 59900"),
        ("price: 59900", "price: -1", "cities.dallas-jan-2027.tiers.ga.price", "minor units"),
        ("currency: USD", "currency: usd", "cities.dallas-jan-2027.tiers.ga.currency", "e.g. USD"),
        ("memberDiscount: 20", "memberDiscount: 120", "cities.dallas-jan-2027.tiers.ga.memberDiscount", "0 to 100"),
        ("timeZone: America/Chicago", "timeZone: Texas", "cities.dallas-jan-2027.timeZone", "America/Chicago"),
        ("doors: 2027-01-23T08:15:00-06:00", "doors: 2027-01-23T08:15:00", "cities.dallas-jan-2027.doors", "no offset"),
        ("maxQuantity: 6", "maxQuantity: 0", "maxQuantity", "1 or more"),
        ("maxQuantity: 6", "maxQantity: 6", "maxQantity", "do you mean maxQuantity?"),
        ("hold: 10min", "hold: 31min", "hold", "30"),
        ("FADE10:", "fade10:", "discountCodes.fade10", "FADE10"),
        ("refundUntil: 2027-01-16", "refundUntil: 16 January", "cities.dallas-jan-2027.refundUntil", "2027-01-17"),
    ],
)
def test_wrong_value_names_file_line_place_and_remedy(folder: Path, old: str, new: str, place: str, says: str) -> None:
    line = spoil(folder, "catalogue.yaml", old, new)
    [finding] = findings(folder)
    assert finding.startswith(f"catalogue.yaml:{line}: {place}: ")
    assert says in finding


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  dallas-jan-2027:\n", "  Dallas:\n", "must be an id of lower-case letters"),
        ("actualLimit: 110", "actualLimit: 90", "more than the room takes"),
        ("starts: 2027-01-23T09:00:00-06:00", "starts: 2027-01-23T07:00:00-06:00", "follow each other"),
        ("starts: 2027-01-23T09:00:00-06:00", "starts: 2027-01-23T09:00:00-05:00", "follow each other"),
        ("ends: 2027-01-24T17:00:00-06:00", "ends: 2027-01-24T17:00:00-05:00", "2027-01-24T16:00:00-06:00"),
        ("from: 2026-09-01T09:00:00-05:00", "from: 2028-09-01T09:00:00-05:00", "ends before it begins"),
        ("  individual: I come for myself\n", "", "must contain individual"),
        ("cities: [atlanta-feb-2027]", "cities: [atlanta]", "names atlanta, which is no city"),
        ("cities: [atlanta-feb-2027]", "tiers: [balcony]", "names balcony, which no city of the code has"),
        ("    percent: 10\n", "", "either percent or amount"),
        ("        price: 59900\n", "", "is missing; add the price of a seat"),
        ("maxQuantity: 6\n", "maxQuantity: 6\nmaxQuantity: 7\n", "a second time"),
        ("maxQuantity: 6\n", "maxQuantity: [6\n", "can't be read from here on: look for a bracket"),
        ("maxQuantity: 6\n", "maxQuantity: !!python/object:os.system 6\n", "has the tag"),
        ("publicLimit: 100\n", "publicLimit: 100\n        thresholds: [5, 10]\n", "thresholds must fall"),
    ],
)
def test_what_makes_no_sense_is_refused(folder: Path, old: str, new: str, says: str) -> None:
    spoil(folder, "catalogue.yaml", old, new)
    [finding] = findings(folder)
    assert finding.startswith("catalogue.yaml:")
    assert says in finding


@pytest.mark.proves("N-6")
def test_placeholder_numbers_are_refused(folder: Path) -> None:
    line = spoil(folder, "contacts.yaml", '"+1-352-555-0100"', '"+1-555-MANAGER"')
    [finding] = findings(folder)
    assert finding.startswith(f"contacts.yaml:{line}: people.alex.sms: ")
    assert "placeholder" in finding


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("contacts.yaml", "secondary: [sam]", "secondary: [pat]", "neither a person nor a role"),
        ("contacts.yaml", "primary: [alex]", "primary: [engineering_lead]", "leads back to itself"),
        ("contacts.yaml", 'from: "09:00"', "from: 9:00", "two digits"),
        ("messages.yaml", "timeToLive: 1h", "timeToLive: 3600", "with its unit"),
        ("messages.yaml", "recipients: [owners]", "recipients: [nobody]", "no role or person"),
        ("messages.yaml", "lane: normal", "lane: fast", "'critical', 'high', 'normal' or 'bulk'"),
        ("messages.yaml", "enabled: true", "enabled: yes", "must be true or false"),
        ("messages.yaml", "    timeout: 10s\n", "    timeuot: 10s\n", "do you mean timeout?"),
        ("messages.yaml", "  slack:\n", "  slack:\n    receiptAfter: 5s\n", "channels.slack.receiptAfter waits"),
        ("messages.yaml", "    lane: normal\n", "    lane: normal\n    channel: sms\n", "is no setting here"),
        ("routing.yaml", "email: true", "email: digest", "must be true or false"),
        ("contacts.yaml", 'until: "18:00"', 'until: "08:00"', "closes before it opens"),
        ("contacts.yaml", '    sms: "+1-214-555-0102"\n', "    quietHours: {}\n", "is no setting here; remove it"),
        ("routing.yaml", "slack: {channel: critical, mention: true}", "slack: {channel: oops}", "lacks oops"),
        ("routing.yaml", '"#E74A3B"', "red", "must be a colour"),
        ("alert-rules.yaml", "    CRITICAL: {severity: high", "    # {severity: high", "lacks CRITICAL"),
        ("brand.yaml", "logo: 6FB  ", "logo: ACME  ", "begin with the logo"),
        ("brand.yaml", "replyTo:", "reply:", "is missing; add the address that answers"),
    ],
)
def test_other_files_are_checked_as_well(folder: Path, file: str, old: str, new: str, says: str) -> None:
    spoil(folder, file, old, new)
    found = findings(folder)
    assert any(line.startswith(f"{file}:") and says in line for line in found), found


def test_everything_wrong_is_told_at_once(folder: Path) -> None:
    spoil(folder, "catalogue.yaml", "price: 59900", "price: much")
    spoil(folder, "catalogue.yaml", "price: 119900", "price: more")
    spoil(folder, "brand.yaml", "help@example.com", "nobody")
    (folder / "routing.yaml").unlink()
    found = findings(folder)
    assert [line.split(":")[0] for line in found] == ["catalogue.yaml", "catalogue.yaml", "routing.yaml", "brand.yaml"]
    assert "can't be read" in found[2]


def test_missing_folder_and_empty_file(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="CONFIG_DIR"):
        load(folder / "nowhere")
    (folder / "brand.yaml").write_text("", encoding="utf-8")
    assert findings(folder) == ["brand.yaml:1: must be a mapping of settings; it is empty or something else"]
