"""deploy/kubernetes as a cluster gets it, and a pod's environment as its process sees it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cli.environment import lines
from stack import kubernetes
from stack.compose import LAYOUT
from stack.layout import ROOT, SERVICES
from tests.unit.deploy import kustomize
from tests.unit.deploy.kustomize import Object

OVERLAYS = sorted(path.parent.name for path in (ROOT / "deploy/kubernetes/overlays").glob("*/kustomization.yaml"))
PORTS = LAYOUT.ports
ROLES = {"api": "Deployment", "worker": "StatefulSet"}
PROCESSES = [f"{service}-{role}" for service in SERVICES for role in ROLES]
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def of(process: str) -> tuple[str, str]:
    """Its service and its role."""
    service, _, role = process.partition("-")
    return service, role


def checkout_of_deploy(where: Path) -> Path:
    """A copy of what is built, with the files of secrets that an installation makes: the folder of its overlays."""
    for part in ("kubernetes", "config"):
        shutil.copytree(ROOT / "deploy" / part, where / "deploy" / part)
    overlays = where / "deploy/kubernetes/overlays"
    values = kubernetes.with_missing(OF_VENDORS)
    for name in OVERLAYS:
        (overlays / name / kubernetes.SECRETS_FILE).write_text(lines(values))
    return overlays


class Cluster:
    """The objects of one overlay."""

    def __init__(self, objects: Iterable[Object]) -> None:
        self.objects = list(objects)

    def of(self, *kinds: str) -> dict[str, Object]:
        """By name."""
        return {each["metadata"]["name"]: each for each in self.objects if each["kind"] in kinds}

    def pods(self) -> dict[str, Object]:
        """What is in the pods of each workload."""
        return {name: each["spec"]["template"]["spec"] for name, each in self.of(*WORKLOADS).items()}

    def environment(self, workload: str, files: Path) -> dict[str, str]:
        """The environment of a workload's process; what it reads from its mounted files is below `files`."""
        pod = self.pods()[workload]
        given = {each["name"]: self._value(each) for each in pod["containers"][0]["env"]}
        mounted = self.mounted(workload)
        for path, content in mounted.items():
            place = files / Path(path).name
            place.write_text(content)
            given = {name: str(place) if value == path else value for name, value in given.items()}
        return {name: value for name, value in given.items() if value is not None}

    def mounted(self, workload: str) -> dict[str, str]:
        """The files of the Secret that its process finds, by path."""
        pod = self.pods()[workload]
        volumes = {each["name"]: each for each in pod["volumes"] if "secret" in each}
        mounts = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] in volumes]
        return {
            f"{mount['mountPath']}/{item['path']}": self.secret(volumes[mount["name"]]["secret"]["secretName"])[
                item["key"]
            ]
            for mount in mounts
            for item in volumes[mount["name"]]["secret"]["items"]
        }

    def secret(self, name: str) -> dict[str, str]:
        """The values of a Secret by their keys."""
        data: Mapping[str, str] = self.of("Secret")[name]["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def _value(self, variable: Object) -> Any:
        """None for what the settings don't have; of a field of the pod what the first of its kind has there."""
        if "value" in variable:
            return variable["value"]
        source: Object = variable["valueFrom"]
        if "fieldRef" in source:
            return "0"
        wanted = source["configMapKeyRef"]
        data = self.of("ConfigMap")[wanted["name"]]["data"]
        return data.get(wanted["key"]) if wanted.get("optional") else data[wanted["key"]]


def cluster(folder: Path) -> Cluster:
    return Cluster(kustomize.build(folder))


_DATABASE = "postgresql://{0}:word@db.example.com:5432/{0}?sslmode=verify-full"
OF_VENDORS = {
    **{f"DATABASE_URL_{name.upper()}": _DATABASE.format(name) for name in SERVICES},
    "KAFKA_SASL_PASSWORD": "a-word-at-kafka",
    "STRIPE_SECRET_KEY": "sk_test_0123456789abcdefghijklmn",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdefghijklmn",
    "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
    "BACKUP_S3_SECRET_ACCESS_KEY": "a-word-at-the-bucket",
    "SENDGRID_API_KEY": "SG.0123456789.abcdefghijklmnopqrstuvwxyz",
}
"""What an installation in test mode adds to its file."""
