"""`python -m stack.bill`: which software an image is made of, as a CycloneDX document.

Of what is installed where it runs. Python's packages have the hashes of the lock file, by which they were installed;
Debian's have their versions. It has no time and no number of its own: the same image has the same document.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from stack.layout import ROOT

LOCK: Final = ROOT / "requirements" / "stack.txt"
DEBIANS: Final = Path("/var/lib/dpkg/status")
_ENTRY: Final = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*(?:\n .*)*)", re.MULTILINE)


OURS: Final = "fullhouse"


def bill(installed: Mapping[str, str], lock: str, debians: str) -> dict[str, Any]:
    """installed: name → version of Python's packages, ours among them; `lock` and `debians` are texts of the files."""
    hashes = {(name_of(found["name"]), found["version"]): found["rest"] for found in _ENTRY.finditer(lock)}
    components = [_component("platform", "generic/python", platform.python_version())]
    components += [python_component(name, version, hashes) for name, version in sorted(installed.items())]
    components += [debian_component(stanza) for stanza in debians.split("\n\n") if stanza.strip()]
    image = _component("container", f"generic/{OURS}", installed[OURS])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": image},
        "components": components,
    }


def name_of(distribution: str) -> str:
    """As the index writes it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def python_component(name: str, version: str, hashes: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """One package; ours is in no lock and has no hashes."""
    known = re.findall(r"--hash=sha256:([0-9a-f]{64})", hashes.get((name, version), ""))
    found = _component("library", f"pypi/{name}", version)
    # Any of the package's files may have been the one: CycloneDX would take several hashes for those of one file.
    return found | {"properties": [{"name": "lock:sha256", "value": each} for each in known]} if known else found


def debian_component(stanza: str) -> dict[str, Any]:
    fields = dict(re.findall(r"^(Package|Version): (.*)$", stanza, re.MULTILINE))
    return _component("library", f"deb/debian/{fields['Package']}", fields["Version"])


def _component(kind: str, path: str, version: str) -> dict[str, Any]:
    """`path`: of its package URL, the name last."""
    address = f"pkg:{quote(path)}@{quote(version, safe=':~')}"
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "version": version,
        "purl": address,
        "bom-ref": f"{kind}:{address}",
    }


def installed() -> Iterable[tuple[str, str]]:
    return ((name_of(each.metadata["Name"]), each.version) for each in distributions())


def main() -> None:
    debians = DEBIANS.read_text() if DEBIANS.exists() else ""
    json.dump(bill(dict(installed()), LOCK.read_text(), debians), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
