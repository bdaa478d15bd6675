"""Which software the image is made of, as others can read it."""

from __future__ import annotations

from stack.bill import LOCK, bill

DEBIANS = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\n\nPackage: zlib1g\nVersion: 1:1.2.13+dfsg-1\n"


def test_every_installed_package_is_named_with_what_it_was_installed_by() -> None:
    lock = "aiohttp==3.12.0 ; x \\\n    --hash=sha256:" + "a" * 64 + "\nbabel==2.17 \\\n    --hash=sha256:" + "b" * 64
    made = bill({"aiohttp": "3.12.0", "fullhouse": "0.1.0"}, lock, DEBIANS)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    by_name = {component["name"]: component for component in made["components"]}
    assert by_name["aiohttp"]["purl"] == "pkg:pypi/aiohttp@3.12.0"
    assert by_name["aiohttp"]["properties"] == [{"name": "lock:sha256", "value": "a" * 64}]
    assert "properties" not in by_name["fullhouse"]
    assert by_name["zlib1g"]["purl"] == "pkg:deb/debian/zlib1g@1:1.2.13%2Bdfsg-1"
    assert set(by_name) == {"aiohttp", "fullhouse", "libc6", "python", "zlib1g"}
    assert made["metadata"]["component"]["version"] == by_name["fullhouse"]["version"]
    references = [component["bom-ref"] for component in (made["metadata"]["component"], *made["components"])]
    assert len(set(references)) == len(references)


def test_the_lock_file_is_read_as_it_is() -> None:
    installed = {"fullhouse": "0.1.0", "typing-extensions": _locked("typing-extensions")}
    found = {each["name"]: each for each in bill(installed, LOCK.read_text(), "")["components"]}
    assert found["typing-extensions"]["properties"]


def _locked(name: str) -> str:
    return LOCK.read_text().partition(f"\n{name}==")[2].split()[0]
