"""Kustomizations as `kubectl apply -k` builds them, as far as ours go: whatever else one names is refused.

Names of generated objects stay without the hash of their content, which Kustomize adds to them and to what names them.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
_READ = {"apiVersion", "kind", "resources", "patches", "images", "namespace", "configMapGenerator", "secretGenerator"}
_CONTAINERS = ("initContainers", "containers")


def build(folder: Path) -> list[Object]:
    """All objects of a folder's kustomization."""
    wanted: Object = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(wanted) <= _READ, set(wanted) - _READ
    found = [each for name in wanted.get("resources", ()) for each in _resource(folder / name)]
    found += [_generated("ConfigMap", each, folder) for each in wanted.get("configMapGenerator", ())]
    found += [_generated("Secret", each, folder) for each in wanted.get("secretGenerator", ())]
    for patch in wanted.get("patches", ()):
        _patch(found, patch, yaml.safe_load((folder / patch["path"]).read_text()))
    for each in found:
        _rename_images(each, wanted.get("images", ()))
        if "namespace" in wanted and each["kind"] != "Namespace":
            each["metadata"]["namespace"] = wanted["namespace"]
    return found


def _resource(path: Path) -> list[Object]:
    return build(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))


def _generated(kind: str, wanted: Object, folder: Path) -> Object:
    assert set(wanted) <= {"name", "options", "files", "envs"}
    assert wanted.get("options", {}) in ({}, {"disableNameSuffixHash": True})
    data = {name: (folder / name).read_text() for name in wanted.get("files", ())}
    for name in wanted.get("envs", ()):
        lines = (line for line in (folder / name).read_text().splitlines() if line and not line.startswith("#"))
        data |= {name: value for name, _, value in (line.partition("=") for line in lines)}
    made = {"apiVersion": "v1", "kind": kind, "metadata": {"name": wanted["name"]}, "data": data}
    if kind == "Secret":
        made |= {"type": "Opaque", "data": {name: _encoded(value) for name, value in data.items()}}
    return made


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _patch(objects: Iterable[Object], patch: Object, operations: list[Object]) -> None:
    assert set(patch) == {"path", "target"}
    assert set(patch["target"]) == {"labelSelector"}
    for each in objects:
        if _selected(each["metadata"].get("labels", {}), patch["target"]["labelSelector"]):
            for operation in operations:
                _add(each, operation)


def _selected(labels: Mapping[str, str], selector: str) -> bool:
    """Each part is `name=value`, or a name that must be there."""
    parts = (part.partition("=") for part in selector.split(","))
    return all(labels.get(name) == value if equals else name in labels for name, equals, value in parts)


def _add(target: Object, operation: Object) -> None:
    assert operation["op"] == "add"
    *way, last = operation["path"].lstrip("/").split("/")
    place: Any = target
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    value = copy.deepcopy(operation["value"])
    if last == "-":
        place.append(value)
    else:
        place[last] = value


def _rename_images(target: Object, images: Iterable[Object]) -> None:
    pod = target.get("spec", {}).get("template", {}).get("spec", {})
    names = {each["name"]: f"{each['newName']}:{each['newTag']}" for each in images}
    for container in (each for kind in _CONTAINERS for each in pod.get(kind, ())):
        container["image"] = names.get(container["image"], container["image"])
