"""The Kubernetes overlays keep their promises: pods with hardly any rights, secrets by reference, health, limits."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import yaml

from deploy.conftest import DEPLOY
from deploy.manifests import Manifests, selects

# What is made outside of these files: each Secret, and the keys that its readers use.
SECRETS = {
    "goldreel-warehouse",
    "goldreel-dashboard",
    "goldreel-airflow",
    "goldreel-airflow-admin",
    "goldreel-airflow-db",
    "goldreel-spark",
}


def test_the_namespace_enforces_restricted_pod_security(overlay: Manifests) -> None:
    (namespace,) = overlay.of_kind("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    elsewhere = [
        each for each in overlay.documents if each["metadata"].get("namespace") != namespace["metadata"]["name"]
    ]
    assert elsewhere == [namespace]


def test_every_pod_fulfils_restricted_pod_security(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        assert not restricted_violations(workload.pod), workload


def test_executors_fulfil_restricted_pod_security_too(spark: Manifests) -> None:
    executor = executor_of(spark)
    assert not restricted_violations(executor["spec"])
    assert executor["spec"]["automountServiceAccountToken"] is False


def restricted_violations(pod: dict[str, Any]) -> list[str]:
    """What the Pod Security Standard `restricted` would refuse, and a token or root file system beyond it."""
    found = []
    own = pod["securityContext"]
    if not own.get("runAsNonRoot") or own.get("runAsUser", 0) == 0:
        found.append("may run as root")
    if own.get("seccompProfile") != {"type": "RuntimeDefault"}:
        found.append("no seccomp profile")
    found += [key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    kinds = {kind for volume in pod.get("volumes", []) for kind in volume if kind != "name"}
    found += sorted(kinds - {"emptyDir", "configMap", "secret", "persistentVolumeClaim", "projected", "downwardAPI"})
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        context = container["securityContext"]
        if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
            found.append(f"{container['name']} may gain privileges")
        if context["capabilities"]["drop"] != ["ALL"]:
            found.append(f"{container['name']} keeps capabilities")
        if set(context["capabilities"].get("add", [])) - {"NET_BIND_SERVICE"}:
            found.append(f"{container['name']} adds capabilities")
        if {"runAsUser", "runAsNonRoot", "seccompProfile"} & set(context):
            found.append(f"{container['name']} overrides its pod")
        if any("hostPort" in port for port in container.get("ports", [])):
            found.append(f"{container['name']} takes a port of the node")
    return found


def test_only_sql_server_writes_to_its_root_file_system(overlay: Manifests) -> None:
    writing = {
        container["name"]
        for workload in overlay.workloads()
        for container in workload.containers()
        if not container["securityContext"]["readOnlyRootFilesystem"]
    }
    assert writing <= {"mssql"}


def test_a_read_only_container_has_somewhere_to_put_temporary_files(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        for container in workload.containers():
            assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}, workload


def test_every_mounted_volume_is_there(overlay: Manifests) -> None:
    claims = overlay.of_kind("PersistentVolumeClaim")
    templates = {
        template["metadata"]["name"]
        for each in overlay.of_kind("StatefulSet").values()
        for template in each["spec"].get("volumeClaimTemplates", [])
    }
    for workload in overlay.workloads():
        volumes = {volume["name"] for volume in workload.pod.get("volumes", [])}
        mounted = {mount["name"] for container in workload.containers() for mount in container["volumeMounts"]}
        assert mounted - volumes <= (templates if workload.kind == "StatefulSet" else set()), workload
        claimed = {
            v["persistentVolumeClaim"]["claimName"] for v in workload.pod["volumes"] if "persistentVolumeClaim" in v
        }
        assert claimed <= set(claims), workload


def test_no_secret_is_in_the_repository_and_each_one_is_known(overlay: Manifests) -> None:
    assert not overlay.of_kind("Secret")
    read = set(re.findall(r"(?:secretRef|secretKeyRef):(?:\s+key: \S+)?\s+name: (\S+)", overlay.text))
    assert read
    assert read <= SECRETS


def test_the_script_and_terraform_make_the_secrets_that_are_read(local: Manifests, production: Manifests) -> None:
    script = (DEPLOY / "kubernetes" / "secrets.sh").read_text()
    terraform = (DEPLOY / "terraform" / "modules" / "kubernetes" / "main.tf").read_text()
    of_script = set(re.findall(r"^secret (\S+)", script, re.MULTILINE))
    of_terraform = set(re.findall(r'^ +"(goldreel-[a-z-]+)",$', terraform, re.MULTILINE))
    for overlay in (local, production):
        read = set(re.findall(r"secretRef:\s+name: (\S+)", overlay.text))
        assert read == of_script == of_terraform


def test_variables_are_used_only_where_they_are_defined(overlay: Manifests) -> None:
    """An undefined $(NAME) would reach the program as it stands."""
    keys = {name: set(each["data"]) for name, each in overlay.of_kind("ConfigMap").items()}
    script = (DEPLOY / "kubernetes" / "secrets.sh").read_text()
    keys |= {line.split()[1]: set(line.split()[2:]) for line in script.splitlines() if line.startswith("secret ")}
    for workload in overlay.workloads():
        for container in workload.containers():
            known = {variable["name"] for variable in container.get("env", [])}
            for source in container.get("envFrom", []):
                (reference,) = source.values()
                known |= keys.get(reference["name"], set())
            texts = [variable.get("value", "") for variable in container.get("env", [])] + container.get("command", [])
            used = set(re.findall(r"\$\(([A-Z_]+)\)", " ".join(texts)))
            assert used <= known, f"{workload} {container['name']}"


def test_every_container_says_what_it_needs_and_may_use(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        for container in workload.containers():
            resources = container["resources"]
            assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory"}, workload


def test_whatever_runs_for_long_is_asked_whether_it_is_well(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        if workload.kind in ("Deployment", "StatefulSet"):
            (container,) = workload.pod["containers"]
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container), workload


def test_probes_ask_at_ports_that_are_open(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        for container in workload.pod["containers"]:
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = container.get(probe, {})
                for way in ("httpGet", "tcpSocket"):
                    assert asked.get(way, {}).get("port") in {None, *ports}, f"{workload} {probe}"


def test_services_lead_to_pods_and_ports_that_exist(overlay: Manifests) -> None:
    for name, service in overlay.of_kind("Service").items():
        behind = [
            each for each in overlay.workloads() if selects({"matchLabels": service["spec"]["selector"]}, each.labels)
        ]
        assert [each.name for each in behind] == [name]
        ports = {port["name"] for port in behind[0].pod["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_runs_of_the_pipeline_never_overlap(overlay: Manifests) -> None:
    cron_jobs = overlay.of_kind("CronJob")
    assert cron_jobs
    for job in cron_jobs.values():
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
        assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0
        assert job["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] < 24 * 3600


def test_only_the_spark_driver_may_speak_to_the_cluster(
    local: Manifests, production: Manifests, spark: Manifests
) -> None:
    for overlay in (local, production):
        assert not [each for each in overlay.documents if "rbac" in each["apiVersion"]]
        assert not [each for each in overlay.workloads() if each.pod["automountServiceAccountToken"]]
    assert [each.pod["serviceAccountName"] for each in spark.workloads()] == ["spark-driver"]
    for overlay in (local, production, spark):
        for account in overlay.of_kind("ServiceAccount").values():
            assert account["automountServiceAccountToken"] is False


def test_the_spark_driver_may_do_nothing_but_make_executors(spark: Manifests) -> None:
    assert not spark.of_kind("ClusterRole")
    (role,) = spark.of_kind("Role").values()
    assert {resource for rule in role["rules"] for resource in rule["resources"]} == {"pods", "configmaps"}
    assert "*" not in str(role["rules"])
    (binding,) = spark.of_kind("RoleBinding").values()
    assert [subject["name"] for subject in binding["subjects"]] == ["spark-driver"]


def test_executors_run_the_drivers_image_and_find_its_ports_open(spark: Manifests) -> None:
    (driver,) = spark.workloads()
    container = driver.pod["containers"][0]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert environment["GOLDREEL_SPARK_IMAGE"] == container["image"]
    settings = dict(line.split() for line in spark_settings(spark)["spark.conf"].splitlines())
    open_ports = {str(port["containerPort"]) for port in container["ports"]}
    assert {settings["spark.driver.port"], settings["spark.driver.blockManager.port"]} == open_ports
    assert settings["spark.kubernetes.namespace"] in spark.of_kind("Namespace")
    assert settings["spark.kubernetes.authenticate.executor.serviceAccountName"] in spark.of_kind("ServiceAccount")


def spark_settings(spark: Manifests) -> dict[str, str]:
    (settings,) = spark.of_kind("ConfigMap").values()
    data: dict[str, str] = settings["data"]
    return data


def executor_of(spark: Manifests) -> dict[str, Any]:
    executor: dict[str, Any] = yaml.safe_load(spark_settings(spark)["executor.yaml"])
    return executor


def test_what_has_two_replicas_keeps_one_while_nodes_are_drained(production: Manifests) -> None:
    budgets = [each["spec"] for each in production.of_kind("PodDisruptionBudget").values()]
    doubled = [each for each in production.workloads() if each.replicas > 1]
    assert {each.name for each in doubled} == {"dashboard", "airflow-apiserver"}
    for workload in doubled:
        (budget,) = [each for each in budgets if selects(each["selector"], workload.labels)]
        assert budget["maxUnavailable"] == 1
        assert workload.pod["topologySpreadConstraints"]


def test_there_is_never_a_second_scheduler(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        if workload.name == "airflow-scheduler":
            assert (workload.kind, workload.replicas) == ("StatefulSet", 1)


def test_databases_stand_in_the_local_cluster_on_volumes_that_stay(local: Manifests, production: Manifests) -> None:
    sets = local.of_kind("StatefulSet")
    for name in ("mssql-db", "airflow-db"):
        (claim,) = sets[name]["spec"]["volumeClaimTemplates"]
        mounts = sets[name]["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        assert claim["metadata"]["name"] in {mount["name"] for mount in mounts}
    assert set(production.of_kind("StatefulSet")) == {"airflow-scheduler"}


def test_production_trusts_only_certificates_that_an_authority_signed(production: Manifests) -> None:
    settings = {key: value for each in production.of_kind("ConfigMap").values() for key, value in each["data"].items()}
    assert settings["GOLDREEL_MSSQL_TRUST_SERVER_CERTIFICATE"] == "false"
    assert settings["AIRFLOW_DB_TLS"] == "require"
    assert settings["MSSQL_SERVER"] not in {each.name for each in production.workloads()}


def test_images_carry_a_version(overlay: Manifests) -> None:
    for workload in overlay.workloads():
        for container in workload.containers():
            assert re.search(r":(?!latest$)[\w.-]+$", container["image"]), f"{workload} {container['image']}"


UNITS = {"m": 0.001, "Mi": 2**20, "Gi": 2**30}


def amount(quantity: str) -> float:
    """A quantity in Kubernetes' spelling, as a number."""
    number, unit = re.fullmatch(r"([\d.]+)(m|Mi|Gi)?", str(quantity)).groups()  # type: ignore[union-attr]
    return float(number) * UNITS.get(unit, 1)


@pytest.mark.parametrize("kind", ["requests", "limits"])
@pytest.mark.parametrize("resource", ["cpu", "memory"])
def test_production_and_a_rollout_beside_the_nightly_run_fit_into_terraforms_quota(
    production: Manifests, kind: str, resource: str
) -> None:
    """Of a Deployment that is rolled out, new pods (a quarter more) stand beside old ones that are still ending."""
    variables = (DEPLOY / "terraform" / "modules" / "kubernetes" / "variables.tf").read_text()
    quota = dict(re.findall(r'^ +"([a-z.]+)" += "(\S+)"$', variables, re.MULTILINE))
    asked = 0.0
    for workload in production.workloads():
        steps = [sum(amount(c["resources"][kind][resource]) for c in workload.pod["containers"])]
        steps += [amount(c["resources"][kind][resource]) for c in workload.pod.get("initContainers", [])]
        pods = workload.replicas
        if workload.kind == "Deployment":
            pods += workload.replicas + math.ceil(workload.replicas / 4)
        asked += max(steps) * pods
    assert asked <= amount(quota[f"{kind}.{resource}"])
