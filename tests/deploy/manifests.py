"""Reading rendered Kubernetes manifests, and the rules by which network policies let pods talk."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

Mapping = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """A pod as a workload makes it."""

    kind: str
    name: str
    replicas: int
    labels: dict[str, str]
    pod: Mapping

    def containers(self) -> list[Mapping]:
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Manifests:
    """What an overlay renders to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.documents: list[Mapping] = list(yaml.safe_load_all(text))

    def of_kind(self, kind: str) -> dict[str, Mapping]:
        return {each["metadata"]["name"]: each for each in self.documents if each["kind"] == kind}

    def workloads(self) -> Iterator[Workload]:
        for document in self.documents:
            spec = document.get("spec", {})
            if document["kind"] == "CronJob":
                spec = spec["jobTemplate"]["spec"]
            if "template" in spec:
                template = spec["template"]
                yield Workload(
                    document["kind"],
                    document["metadata"]["name"],
                    spec.get("replicas", 1),
                    template["metadata"]["labels"],
                    template["spec"],
                )

    def conversations(self) -> set[tuple[str, str, int]]:
        """Who may open a connection to whom at which port, by the policies of both."""
        pods = {each.name: each.labels for each in self.workloads()}
        policies = [each["spec"] for each in self.of_kind("NetworkPolicy").values()]
        ports = {port["port"] for policy in policies for port in _ports(policy) if port["protocol"] == "TCP"}
        return {
            (sender, receiver, port)
            for sender, from_labels in pods.items()
            for receiver, to_labels in pods.items()
            for port in ports
            if _allowed(policies, "Egress", from_labels, to_labels, port)
            and _allowed(policies, "Ingress", to_labels, from_labels, port)
        }

    def ways_out(self) -> set[tuple[str, str, int]]:
        """Who may open a connection to which addresses outside the cluster, at which port."""
        return {
            (workload.name, str(ipaddress.ip_network(peer["ipBlock"]["cidr"])), port["port"])
            for workload in self.workloads()
            for each in self.of_kind("NetworkPolicy").values()
            if selects(each["spec"]["podSelector"], workload.labels)
            for rule in each["spec"].get("egress", [])
            for peer in rule["to"]
            if "ipBlock" in peer
            for port in rule["ports"]
        }


def selects(selector: Mapping, labels: dict[str, str]) -> bool:
    """Whether a label selector selects a pod with these labels."""
    assert set(selector) <= {"matchLabels", "matchExpressions"}
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def _ports(policy: Mapping) -> Iterator[Mapping]:
    for rule in [*policy.get("ingress", []), *policy.get("egress", [])]:
        yield from rule["ports"]


def _allowed(policies: list[Mapping], direction: str, labels: dict[str, str], peer: dict[str, str], port: int) -> bool:
    """Whether a pod may talk in this direction to a peer in its namespace: no policy selects it, or one allows it."""
    about_it = [each for each in policies if direction in each["policyTypes"] and selects(each["podSelector"], labels)]
    if not about_it:
        return True
    side, key = ("from", "ingress") if direction == "Ingress" else ("to", "egress")
    return any(
        "podSelector" in other and "namespaceSelector" not in other and selects(other["podSelector"], peer)
        for policy in about_it
        for rule in policy.get(key, [])
        if any(each["port"] == port and each["protocol"] == "TCP" for each in rule["ports"])
        for other in rule[side]
    )
