variable "namespace" {
  description = "The namespace; must be the one that the manifests are for."
  type        = string
  default     = "goldreel"
}

variable "manifests" {
  description = "The workloads: what `kubectl kustomize deploy/kubernetes/overlays/production` prints. Its Namespace is made by this module."
  type        = string
  validation {
    condition     = length([for text in split("\n---\n", var.manifests) : text if can(yamldecode(text).kind)]) == length(split("\n---\n", var.manifests))
    error_message = "The manifests must be YAML documents, each with a kind, between lines of three hyphens."
  }
  validation {
    condition     = length([for text in split("\n---\n", var.manifests) : text if try(yamldecode(text).kind, "") == "Secret"]) == 0
    error_message = "The manifests must have no Secrets, which would lie in the state; hand them in as secrets."
  }
  validation {
    condition     = alltrue([for text in split("\n---\n", var.manifests) : try(yamldecode(text).metadata.namespace, var.namespace) == var.namespace])
    error_message = "The manifests are for another namespace than this one."
  }
}

variable "secrets" {
  description = "Values of the Secrets, by Secret and key. Ephemeral: they are in no plan and no state."
  type = object({
    goldreel-warehouse  = object({ MSSQL_USER = string, MSSQL_PASSWORD = string })
    goldreel-dashboard  = object({ MSSQL_USER = string, MSSQL_PASSWORD = string })
    goldreel-airflow-db = object({ AIRFLOW_DB_PASSWORD = string })
    goldreel-airflow = object({
      AIRFLOW_FERNET_KEY = string
      AIRFLOW_JWT_SECRET = string
      AIRFLOW_SECRET_KEY = string
    })
    goldreel-airflow-admin = object({ AIRFLOW_ADMIN_PASSWORD = string })
  })
  ephemeral = true
  sensitive = true
}

variable "secrets_revision" {
  description = "Count it up to write the Secrets again: Terraform cannot see that an ephemeral value changed."
  type        = number
  default     = 1
}

variable "quota" {
  description = "What all pods of the namespace may ask for and use together: all of production, the nightly run, and a rollout beside it while the old pods still end."
  type        = map(string)
  default = {
    "requests.cpu"           = "8"
    "requests.memory"        = "16Gi"
    "limits.cpu"             = "32"
    "limits.memory"          = "56Gi"
    "requests.storage"       = "300Gi"
    "persistentvolumeclaims" = "5"
    "pods"                   = "30"
    # Nobody opens a port of a node, or a load balancer, in this namespace.
    "services.nodeports"     = "0"
    "services.loadbalancers" = "0"
  }
}

variable "container_defaults" {
  description = "What a container gets that says nothing; the workloads here all say it."
  type        = object({ request = map(string), limit = map(string) })
  default = {
    request = { cpu = "100m", memory = "128Mi" }
    limit   = { cpu = "500m", memory = "512Mi" }
  }
}
