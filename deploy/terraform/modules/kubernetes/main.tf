# The namespace, what it may use, its Secrets, and the workloads of deploy/kubernetes in it.

resource "kubernetes_namespace_v1" "this" {
  metadata {
    name = var.namespace
    labels = {
      "app.kubernetes.io/part-of"                  = "goldreel"
      "pod-security.kubernetes.io/enforce"         = "restricted"
      "pod-security.kubernetes.io/enforce-version" = "latest"
      "pod-security.kubernetes.io/audit"           = "restricted"
      "pod-security.kubernetes.io/warn"            = "restricted"
    }
  }
}

resource "kubernetes_resource_quota_v1" "this" {
  metadata {
    name      = "goldreel"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
  }
  spec {
    hard = var.quota
  }
}

resource "kubernetes_limit_range_v1" "this" {
  metadata {
    name      = "goldreel"
    namespace = kubernetes_namespace_v1.this.metadata[0].name
  }
  spec {
    limit {
      type            = "Container"
      default         = var.container_defaults.limit
      default_request = var.container_defaults.request
    }
  }
}

# Written and never read back: the values are in no state and no plan.
resource "kubernetes_secret_v1" "this" {
  for_each = toset([
    "goldreel-warehouse",
    "goldreel-dashboard",
    "goldreel-airflow-db",
    "goldreel-airflow",
    "goldreel-airflow-admin",
  ])
  metadata {
    name      = each.key
    namespace = kubernetes_namespace_v1.this.metadata[0].name
  }
  type             = "Opaque"
  data_wo          = var.secrets[each.key]
  data_wo_revision = var.secrets_revision
}

locals {
  documents = [for text in split("\n---\n", var.manifests) : yamldecode(text)]
  workloads = { for document in local.documents : "${document.kind}/${document.metadata.name}" => document if document.kind != "Namespace" }
}

resource "kubernetes_manifest" "workload" {
  for_each = local.workloads
  manifest = each.value

  # Whoever takes fields over by hand (kubectl edit) loses them.
  field_manager {
    name            = "terraform"
    force_conflicts = true
  }

  depends_on = [
    kubernetes_limit_range_v1.this,
    kubernetes_resource_quota_v1.this,
    kubernetes_secret_v1.this,
  ]
}
