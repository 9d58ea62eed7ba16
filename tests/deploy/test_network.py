"""Only who must talk, talks: the whole list of who may connect to whom, and nothing besides."""

from __future__ import annotations

from deploy.manifests import Manifests

AIRFLOW = {
    ("airflow-scheduler", "airflow-apiserver", 8080),  # tasks report
    ("airflow-apiserver", "airflow-scheduler", 8793),  # logs of tasks
    ("airflow-apiserver", "airflow-triggerer", 8794),  # logs of triggers
}
USES_AIRFLOW_DB = {
    "airflow-apiserver",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "airflow-migrate",
}
USES_WAREHOUSE = {"airflow-scheduler", "dashboard", "pipeline", "warehouse-init"}


def test_on_one_machine_only_who_must_talk_talks(local: Manifests) -> None:
    to_metadata = {(name, "airflow-db", 5432) for name in USES_AIRFLOW_DB}
    to_warehouse = {(name, "mssql-db", 1433) for name in USES_WAREHOUSE | {"first-run"}}
    assert local.conversations() == AIRFLOW | to_metadata | to_warehouse
    assert not local.ways_out()


def test_in_production_the_databases_are_reached_outside_and_nothing_else_is(production: Manifests) -> None:
    assert production.conversations() == AIRFLOW
    to_metadata = {(name, "198.51.100.0/24", 5432) for name in USES_AIRFLOW_DB}
    to_warehouse = {(name, "192.0.2.0/24", 1433) for name in USES_WAREHOUSE}
    assert production.ways_out() == to_metadata | to_warehouse


def test_the_spark_driver_reaches_the_cluster_its_metastore_and_its_files(spark: Manifests) -> None:
    assert {receiver for _, receiver, _ in spark.conversations()} == {"pipeline-spark"}
    assert spark.ways_out() == {
        ("pipeline-spark", "192.0.2.0/24", 443),
        ("pipeline-spark", "192.0.2.0/24", 9083),
        ("pipeline-spark", "198.51.100.0/24", 443),
        ("pipeline-spark", "198.51.100.0/24", 6443),
    }


def test_pods_that_no_rule_names_may_only_look_up_names(overlay: Manifests) -> None:
    stranger = [each["spec"] for each in overlay.of_kind("NetworkPolicy").values() if each["spec"]["podSelector"] == {}]
    assert {kind for policy in stranger for kind in policy["policyTypes"]} == {"Ingress", "Egress"}
    assert not [rule for policy in stranger for rule in policy.get("ingress", [])]
    (lookup,) = [rule for policy in stranger for rule in policy.get("egress", [])]
    assert {port["port"] for port in lookup["ports"]} == {53}
    (server,) = lookup["to"]
    assert server["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}


def test_people_reach_production_through_the_gateway_alone(production: Manifests) -> None:
    from_outside = {
        name: rule["from"]
        for name, each in production.of_kind("NetworkPolicy").items()
        for rule in each["spec"].get("ingress", [])
        if any("namespaceSelector" in peer or "ipBlock" in peer for peer in rule["from"])
    }
    assert from_outside == {
        "gateway": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateway"}}}]
    }
