# At plan level, against a provider that answers by itself: no cluster is asked.

mock_provider "kubernetes" {}

variables {
  manifests = <<-YAML
    apiVersion: v1
    kind: Namespace
    metadata: {name: goldreel}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: dashboard, namespace: goldreel}
    spec: {ports: [{port: 8501}]}
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: dashboard, namespace: goldreel}
    automountServiceAccountToken: false
  YAML
  secrets = {
    goldreel-warehouse  = { MSSQL_USER = "builder", MSSQL_PASSWORD = "only-for-this-test-1" }
    goldreel-dashboard  = { MSSQL_USER = "reader", MSSQL_PASSWORD = "only-for-this-test-2" }
    goldreel-airflow-db = { AIRFLOW_DB_PASSWORD = "only-for-this-test-3" }
    goldreel-airflow = {
      AIRFLOW_FERNET_KEY = "only-for-this-test-4"
      AIRFLOW_JWT_SECRET = "only-for-this-test-5"
      AIRFLOW_SECRET_KEY = "only-for-this-test-6"
    }
    goldreel-airflow-admin = { AIRFLOW_ADMIN_PASSWORD = "only-for-this-test-7" }
  }
}

run "the_namespace_enforces_the_strictest_pod_security" {
  command = plan
  assert {
    condition     = kubernetes_namespace_v1.this.metadata[0].labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "Pod security must be enforced."
  }
}

run "nobody_opens_a_port_to_the_outside" {
  command = plan
  assert {
    condition     = kubernetes_resource_quota_v1.this.spec[0].hard["services.nodeports"] == "0" && kubernetes_resource_quota_v1.this.spec[0].hard["services.loadbalancers"] == "0"
    error_message = "The quota must forbid node ports and load balancers."
  }
}

run "workloads_are_what_the_manifests_say_and_the_namespace_is_made_once" {
  command = plan
  assert {
    condition     = output.workloads == ["Service/dashboard", "ServiceAccount/dashboard"]
    error_message = "Every document but the Namespace is a workload."
  }
  assert {
    condition     = kubernetes_manifest.named["Service/dashboard"].manifest.spec.ports[0].port == 8501
    error_message = "A workload must be what its manifest says."
  }
}

run "no_value_of_a_secret_is_in_the_plan" {
  command = plan
  assert {
    condition     = alltrue([for secret in kubernetes_secret_v1.this : secret.data_wo == null])
    error_message = "The values must be write-only."
  }
  assert {
    condition     = alltrue([for secret in kubernetes_secret_v1.this : secret.data_wo_revision == 1])
    error_message = "Secrets must be written at the first revision."
  }
}

run "a_secret_among_the_manifests_is_refused" {
  command = plan
  variables {
    manifests = "apiVersion: v1\nkind: Secret\nmetadata: {name: leaked}\n"
  }
  expect_failures = [var.manifests]
}

run "manifests_of_another_namespace_are_refused" {
  command = plan
  variables {
    manifests = "apiVersion: v1\nkind: Service\nmetadata: {name: dashboard, namespace: elsewhere}\n"
  }
  expect_failures = [var.manifests]
}
