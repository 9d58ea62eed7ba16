# --- Long-term backups: of each month and of each year, in a vault of their own --------------------------------------
# (The short term, to any minute, is backup_retention_period of the server.)

resource "aws_backup_vault" "this" {
  name        = "${var.name}-mssql"
  kms_key_arn = aws_kms_key.this.arn
  tags        = var.tags
}

resource "aws_backup_plan" "this" {
  name = "${var.name}-mssql"
  tags = var.tags

  rule {
    rule_name         = "monthly"
    target_vault_name = aws_backup_vault.this.name
    schedule          = "cron(0 2 1 * ? *)"
    lifecycle {
      delete_after = var.monthly_backups_kept_days
    }
  }

  rule {
    rule_name         = "yearly"
    target_vault_name = aws_backup_vault.this.name
    schedule          = "cron(0 4 1 1 ? *)"
    lifecycle {
      delete_after = var.yearly_backups_kept_days
    }
  }
}

resource "aws_backup_selection" "this" {
  name         = "${var.name}-mssql"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = [aws_db_instance.this.arn]
}

resource "aws_iam_role" "backup" {
  name               = "${var.name}-mssql-backup"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["backup"].json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "backup" {
  for_each   = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])
  role       = aws_iam_role.backup.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/${each.key}"
}
