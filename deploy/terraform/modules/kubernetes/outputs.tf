output "namespace" {
  description = "The namespace."
  value       = kubernetes_namespace_v1.this.metadata[0].name
}

output "workloads" {
  description = "What was made from the manifests, as KIND/NAME."
  value       = keys(local.workloads)
}

output "secrets" {
  description = "Names of the Secrets."
  value       = [for secret in kubernetes_secret_v1.this : secret.metadata[0].name]
}
