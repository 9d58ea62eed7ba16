# goldreel in a cluster that is there already.
#   kubectl kustomize ../../../kubernetes/overlays/production > production.yaml

terraform {
  required_version = ">= 1.11, < 2"
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 3.2"
    }
  }
  # The state lies encrypted in a bucket, and only one may change it at a time: terraform init -backend-config=backend.hcl
  backend "s3" {}
}

provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.context
}

variable "kubeconfig" {
  description = "How to reach the cluster."
  type        = string
  default     = "~/.kube/config"
}

variable "context" {
  description = "Which cluster in it; named, so that nothing is applied to another one by accident."
  type        = string
}

variable "manifests_file" {
  description = "The rendered overlay."
  type        = string
  default     = "production.yaml"
}

# From the environment (TF_VAR_secrets, as JSON) or from an ephemeral resource of your secret manager's provider; never
# from a file beside this one.
variable "secrets" {
  description = "Values of the Secrets, by Secret and key."
  type        = map(map(string))
  ephemeral   = true
  sensitive   = true
}

variable "secrets_revision" {
  description = "Count it up to write the Secrets again."
  type        = number
  default     = 1
}

module "goldreel" {
  source           = "../../modules/kubernetes"
  manifests        = file(var.manifests_file)
  secrets          = var.secrets
  secrets_revision = var.secrets_revision
}

output "workloads" {
  description = "What runs there."
  value       = module.goldreel.workloads
}
