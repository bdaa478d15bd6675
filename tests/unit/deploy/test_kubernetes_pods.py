"""What is in the pods of deploy/kubernetes: rights, secrets, probes, slots, and how they begin and end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checkout.settings import CheckoutSettings
from inventory.settings import InventorySettings
from monitor.settings import MonitorSettings
from notifier.settings import NotifierSettings
from stack.gateway import Routes
from stack.kubernetes import MOUNTED, secret_keys
from stack.layout import GATEWAY, ROOT
from tests.unit.deploy.kubernetes import PORTS, PROCESSES, ROLES, Cluster, of

pytestmark = pytest.mark.proves("O-13")


def test_slots_are_the_ordinals(built: Cluster) -> None:
    for process in (name for name in PROCESSES if of(name)[1] == "worker"):
        slots = [each for each in built.pods()[process]["containers"][0]["env"] if each["name"] == "FULLHOUSE_SLOT"]
        assert slots[0]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['apps.kubernetes.io/pod-index']"


@pytest.mark.parametrize("settings", [CheckoutSettings, InventorySettings, NotifierSettings, MonitorSettings])
def test_settings_and_secrets_are_all_that_the_processes_need(
    built: Cluster,
    tmp_path: Path,
    settings: type[CheckoutSettings | InventorySettings | NotifierSettings | MonitorSettings],
) -> None:
    for role in ROLES:
        environ = built.environment(f"{settings.service}-{role}", tmp_path)
        read = settings.from_environ(environ)
        assert read.port == PORTS.service(settings.service)
        assert f"//{settings.service}:" in read.database_url.get_secret_value()
        assert read.gateway_networks, "the gateway's word counts"
        assert not read.sandboxed


def test_secrets_are_files_that_only_the_process_reads(built: Cluster) -> None:
    for name, pod in built.pods().items():
        volumes = [
            each["secret"] for each in pod["volumes"] if "secret" in each and each["secret"]["secretName"] == "secrets"
        ]
        assert len(volumes) == (name != GATEWAY)
        assert all(each["defaultMode"] == 0o440 for each in volumes), "root's, and its own group's"
        files = {each["value"] for each in pod["containers"][0].get("env", ()) if each["name"].endswith("_FILE")}
        assert files == set(built.mounted(name)) if volumes else not files
        assert all(path.startswith(f"{MOUNTED}/") for path in files)
    held = {
        item["key"]
        for pod in built.pods().values()
        for each in pod["volumes"]
        for item in each.get("secret", {}).get("items", ())
    }
    assert held == secret_keys() == set(built.of("Secret")["secrets"]["data"])


def test_nothing_has_rights_or_writes_to_its_image(built: Cluster) -> None:
    for name, pod in built.pods().items():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            context = container["securityContext"]
            bound = ["NET_BIND_SERVICE"] if container["name"] == GATEWAY else []
            assert context["capabilities"] == {"drop": ["ALL"], **({"add": bound} if bound else {})}, name
            assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True)
            assert {"cpu", "memory"} <= set(container["resources"]["requests"])
            assert "memory" in container["resources"]["limits"]


def test_the_probes_ask_what_the_services_answer(built: Cluster) -> None:
    for process in PROCESSES:
        container = built.pods()[process]["containers"][0]
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")}
        ready = "/readyz" if of(process)[1] == "worker" else "/livez"
        assert {kind: each["path"] for kind, each in probes.items()} == {
            "startup": "/livez", "readiness": ready, "liveness": "/livez",
        }  # fmt: skip
    assert {"/livez", "/readyz"} <= set(Routes.load().closed)


@pytest.mark.proves("L-10")
def test_who_answers_is_forgotten_before_it_ends(built: Cluster) -> None:
    """Names live 5 s in the cluster's DNS and 5 s in the gateway, which then keeps an idle connection for a second."""
    template = (ROOT / "deploy/gateway/Caddyfile.template").read_text()
    kept = max(map(int, re.findall(r"keepalive (\d+)s", template)))
    for process in (name for name in PROCESSES if of(name)[1] == "api"):
        pod = built.pods()[process]
        waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert waits >= kept + 5 + 5
        assert pod["terminationGracePeriodSeconds"] >= waits + 20
        assert built.of("Deployment")[process]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert built.of("Service")[of(process)[0]]["spec"]["clusterIP"] == "None"


def test_everything_waits_for_its_migrations(built: Cluster) -> None:
    for process in PROCESSES:
        waiting = built.pods()[process]["initContainers"][0]
        assert waiting["args"] == ["migrate", of(process)[0], "--wait"]
        assert waiting["env"] == [{"name": "DATABASE_URL_FILE", "value": f"{MOUNTED}/DATABASE_URL"}]
