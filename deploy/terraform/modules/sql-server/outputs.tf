output "address" {
  description = "Host name: MSSQL_SERVER."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "TCP port: MSSQL_PORT."
  value       = aws_db_instance.this.port
}

output "administrator" {
  description = "Login of the administrator, who makes the logins of pipeline and dashboard."
  value       = aws_db_instance.this.username
}

output "administrator_secret_arn" {
  description = "Where Secrets Manager keeps the administrator's password; RDS changes it every week."
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}

output "security_group_id" {
  description = "The server's security group."
  value       = aws_security_group.this.id
}

output "audit_bucket" {
  description = "Bucket with the audit files, under audit/."
  value       = aws_s3_bucket.audit.bucket
}

output "backup_vault" {
  description = "Vault with the monthly and yearly backups."
  value       = aws_backup_vault.this.name
}
