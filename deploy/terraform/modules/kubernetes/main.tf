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

  # What makes pods comes after all that pods name: a pod without its ServiceAccount is refused.
  runs = ["CronJob", "DaemonSet", "Deployment", "StatefulSet"]
  jobs = { for name, document in local.workloads : name => document if document.kind == "Job" }

  # Whoever takes fields over by hand (kubectl edit) loses them.
  field_manager = "terraform"
}

resource "kubernetes_manifest" "named" {
  for_each = { for name, document in local.workloads : name => document if !contains(local.runs, document.kind) && document.kind != "Job" }
  manifest = each.value

  field_manager {
    name            = local.field_manager
    force_conflicts = true
  }

  depends_on = [
    kubernetes_limit_range_v1.this,
    kubernetes_resource_quota_v1.this,
    kubernetes_secret_v1.this,
  ]
}

resource "kubernetes_manifest" "workload" {
  for_each = { for name, document in local.workloads : name => document if contains(local.runs, document.kind) }
  manifest = each.value

  # kubectl rollout restart writes the time into the pods' annotations; that is nobody's fault at the next apply.
  computed_fields = ["metadata.annotations", "metadata.labels", "spec.template.metadata.annotations"]

  field_manager {
    name            = local.field_manager
    force_conflicts = true
  }

  depends_on = [kubernetes_manifest.named]
}

# A Job cannot be changed, so it is made anew when what it says is other than before. It stays when it is done (in the
# manifests it goes after a while, for kubectl): else every plan would make it again.
resource "terraform_data" "job" {
  for_each = local.jobs
  input    = jsonencode(each.value)
}

resource "kubernetes_manifest" "job" {
  for_each = local.jobs
  manifest = merge(each.value, { spec = { for name, value in each.value.spec : name => value if name != "ttlSecondsAfterFinished" } })

  # The cluster writes labels of its own into a Job's pods.
  computed_fields = ["metadata.annotations", "metadata.labels", "spec.template.metadata.labels"]

  field_manager {
    name            = local.field_manager
    force_conflicts = true
  }

  lifecycle {
    replace_triggered_by = [terraform_data.job[each.key]]
  }

  depends_on = [kubernetes_manifest.named]
}
