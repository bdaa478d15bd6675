"""deploy/kubernetes against the API's schemas, the embedded stack and deploy/compose."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from chassis.metrics import Metric
from config.loading import FILES, file_name
from stack import kubernetes
from stack.kubernetes import TOOLS, VARIABLES, patch, with_missing
from stack.layout import GATEWAY, ROOT, SERVICES
from stack.variables import allowed
from tests.unit.deploy import compose, kustomize
from tests.unit.deploy.kubernetes import OVERLAYS, PORTS, PROCESSES, ROLES, Cluster, of

pytestmark = pytest.mark.proves("O-13")

# The oldest one that has all that we use (README.md says it), and the newest one whose schemas we have.
VERSIONS = ("1.32", "1.37")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_as_the_api_wants_it(built: Cluster, version: str) -> None:
    for each in built.objects:
        kubernetes_validate.validate(each, version, strict=True)


def test_a_misspelt_field_is_no_valid_object(built: Cluster) -> None:
    wrong = {**built.of("Service")["gateway"], "spek": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubectl_builds_what_is_read_here(overlays: Path, overlay: str) -> None:
    """Where there is a kubectl; what our reading doesn't know it refuses, so that it says the same everywhere."""
    here = Cluster(kustomize.build(overlays / overlay))
    if program := shutil.which("kubectl"):
        command = [program, "kustomize", str(overlays / overlay)]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        unhashed = re.sub(r"\b(settings|secrets)-[a-z0-9]{10}\b", r"\1", text)
        assert _by_name(Cluster(yaml.safe_load_all(unhashed))) == _by_name(here)
    assert len(_by_name(here)) == len(here.objects)


def _by_name(found: Cluster) -> dict[tuple[str, str], kustomize.Object]:
    """What is encoded in lines there is decoded."""
    objects = {(each["kind"], each["metadata"]["name"]): each for each in found.objects}
    return {**objects, ("Secret", "secrets"): {"data": found.secret("secrets")}}


def test_the_same_parts_run_each_service_in_both_roles(built: Cluster) -> None:
    assert set(built.pods()) == {*PROCESSES, GATEWAY, "prepare", TOOLS}
    assert {*SERVICES, GATEWAY, "prepare"} <= set(compose.services())
    for process in PROCESSES:
        service, role = of(process)
        assert process in built.of(ROLES[role])
        arguments = built.pods()[process]["containers"][0]["args"]
        assert arguments == ["run", service, "--role", role, "--host", "0.0.0.0"]  # noqa: S104 - its own network's


def test_the_same_ports_are_listened_on(built: Cluster) -> None:
    ports = {**{process: PORTS.service(of(process)[0]) for process in PROCESSES}, GATEWAY: PORTS.gateway}
    for name, port in ports.items():
        assert built.pods()[name]["containers"][0]["ports"] == [{"name": "http", "containerPort": port}]
    known = {**{name: PORTS.service(name) for name in SERVICES}, GATEWAY: PORTS.gateway}
    services = built.of("Service")
    assert {name: each["spec"]["ports"][0]["port"] for name, each in services.items()} == known
    assert all(services[name]["spec"]["selector"]["app.kubernetes.io/component"] == "api" for name in SERVICES)


@pytest.mark.parametrize("pods", [*SERVICES, TOOLS])
def test_the_variables_are_written_from_the_settings(pods: str) -> None:
    assert (VARIABLES / f"{pods}.yaml").read_text() == patch(pods), "python -m stack example"


def test_commands_of_people_know_what_any_process_knows(built: Cluster) -> None:
    tools = built.pods()[TOOLS]["containers"][0]
    here = {each["name"].removesuffix("_FILE") for each in tools["env"]}
    composed = {name for part in ("backup", *SERVICES) for name in compose.variables_of(part)}
    assert here >= composed - {"PORT", "DATABASE_URL"}
    assert built.of("Deployment")[TOOLS]["spec"]["replicas"] == 0, "only while somebody needs them"


@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_has_the_variables_that_compose_gives_it(built: Cluster, process: str) -> None:
    service, role = of(process)
    found = {each["name"] for each in built.pods()[process]["containers"][0]["env"]}
    names = {name.removesuffix("_FILE") if name.endswith("_FILE") else name for name in found}
    composed = compose.variables_of(service)
    wanted = {name for name in allowed(service) if not name.startswith("DATABASE_URL_")} - {"FULLHOUSE_SLOT"}
    assert names - {"FULLHOUSE_SLOT"} == wanted == composed
    assert ("FULLHOUSE_SLOT" in names) is (role == "worker"), "who is in no group needs no place in one"


def test_preparation_and_gateway_have_the_variables_that_compose_gives_them(built: Cluster) -> None:
    prepare = built.pods()["prepare"]["containers"][0]
    here = {each["name"].removesuffix("_FILE") for each in prepare["env"]}
    assert here == compose.variables_of("prepare")
    said = [
        re.findall(r"fullhouse (\w+ ?[a-z]*)", " ".join(text))
        for text in (prepare["args"], compose.services()["prepare"]["command"])
    ]
    assert said[0] == said[1]
    routes = built.pods()[GATEWAY]["initContainers"][0]["env"]
    assert {each["name"] for each in routes} == {"PYTHONPATH", *allowed(GATEWAY)}


def test_a_file_of_secrets_keeps_what_it_has_and_gets_what_it_lacks(tmp_path: Path) -> None:
    said = kubernetes.write_env(tmp_path)
    path = tmp_path / kubernetes.SECRETS_FILE
    first = dict(line.split("=", 1) for line in path.read_text().splitlines())
    path.write_text(
        "".join(f"{name}={value}\n" for name, value in first.items() if name != "METRICS_TOKEN") + "OLD=x\n"
    )
    kubernetes.write_env(tmp_path)
    again = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert (path.stat().st_mode & 0o777, "STRIPE_SECRET_KEY" in said) == (0o600, True)
    assert again["METRICS_TOKEN"] not in ("", first["METRICS_TOKEN"])
    assert {**again, "METRICS_TOKEN": ""} == {**first, "METRICS_TOKEN": ""}
    assert with_missing({})["AUTH_SIGNING_KEY"] != with_missing({})["AUTH_SIGNING_KEY"]
    assert not any(value in said for value in again.values() if value)


def test_the_business_files_are_all_there(built: Cluster) -> None:
    assert set(built.of("ConfigMap")["config"]["data"]) == {file_name(attribute) for attribute in FILES}


def test_the_examples_of_stores_have_a_role_and_a_database_for_each_service() -> None:
    found = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/stores/cloudnativepg.yaml").read_text()))
    roles = {each["name"] for each in found[0]["spec"]["managed"]["roles"]}
    databases = {each["spec"]["name"]: each["spec"]["owner"] for each in found[1:]}
    assert databases == {service: service for service in SERVICES}
    assert roles == {*SERVICES, "scratch"}


def test_budgets_and_scaling_are_those_of_the_workloads(built: Cluster) -> None:
    workloads = {name: each for name, each in built.of("Deployment", "StatefulSet").items() if name != TOOLS}
    budgets, scaling = built.of("PodDisruptionBudget"), built.of("HorizontalPodAutoscaler")
    assert set(budgets) == set(scaling) == set(workloads)
    for name, each in workloads.items():
        labels = each["spec"]["template"]["metadata"]["labels"]
        assert budgets[name]["spec"]["selector"]["matchLabels"].items() <= labels.items()
        target = scaling[name]["spec"]["scaleTargetRef"]
        assert (target["kind"], target["name"]) == (each["kind"], name)
        assert scaling[name]["spec"]["minReplicas"] > budgets[name]["spec"]["maxUnavailable"]
        assert "replicas" not in each["spec"], "an update must not undo what was scaled"
        if name.endswith("-worker"):
            metric = scaling[name]["spec"]["metrics"][0]["external"]["metric"]
            assert metric["selector"]["matchLabels"] == {"service": of(name)[0]}
            assert scaling[name]["spec"]["maxReplicas"] == 12, "one for each partition"


def test_what_workers_are_counted_by_is_a_figure_that_they_show(built: Cluster) -> None:
    folder = ROOT / "deploy/kubernetes/monitoring"
    rule = yaml.safe_load((folder / "prometheus-adapter.values.yaml").read_text())["rules"]["external"][0]
    assert rule["seriesQuery"].startswith(f"{Metric.CONSUMER_LAG.value}{{")
    named = {
        each["external"]["metric"]["name"]
        for scaled in built.of("HorizontalPodAutoscaler").values()
        for each in scaled["spec"]["metrics"]
        if "external" in each
    }
    assert named == {rule["name"]["as"]}
    read = yaml.safe_load((folder / "podmonitor.yaml").read_text())["spec"]["podMetricsEndpoints"][0]
    assert (read["path"], read["relabelings"][0]["targetLabel"]) == ("/api/metrics", "service")


def test_only_those_connect_who_are_given_the_address(built: Cluster) -> None:
    policies = built.of("NetworkPolicy")
    assert policies["closed"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    for service in SERVICES:
        rule = policies[service]["spec"]["ingress"]
        assert [each["ports"] for each in rule] == [[{"port": PORTS.service(service)}]]
        allowed_in = rule[0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
        given = {other for other in SERVICES if f"{service.upper()}_URL" in allowed(other)}
        figures = {"monitor"}
        assert set(allowed_in) == given | figures | {GATEWAY}
    to = policies[GATEWAY]["spec"]["egress"][0]
    assert {each["port"] for each in to["ports"]} == {PORTS.service(name) for name in SERVICES}


def test_the_gateway_finds_each_services_processes_by_name() -> None:
    text = kubernetes.caddyfile({"TRUSTED_PROXIES": "10.244.0.0/16"})
    assert all(f"import service {name} {PORTS.service(name)}\n" in text for name in SERVICES)
    assert "reverse_proxy {\n\t\tdynamic a {\n\t\t\tname {args[0]}\n\t\t\tport {args[1]}\n" in text
    assert "trusted_proxies static 10.244.0.0/16" in text


def test_the_images_are_those_of_compose(built: Cluster) -> None:
    composed = {compose.services()[name]["image"] for name in (*SERVICES, GATEWAY)}
    assert _images(Cluster(kustomize.build(ROOT / "deploy/kubernetes/base"))) == {"fullhouse", "caddy"}
    ours, others = sorted(_images(built), key=lambda image: "caddy" in image)
    assert ours.rpartition("/")[2].startswith("fullhouse:")
    assert {others, "fullhouse"} == composed


def _images(cluster: Cluster) -> set[str]:
    pods = cluster.pods().values()
    return {each["image"] for pod in pods for each in (*pod.get("initContainers", ()), *pod["containers"])}
