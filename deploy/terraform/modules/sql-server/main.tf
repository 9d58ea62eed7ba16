# A managed SQL Server that goldreel uses as its warehouse: Amazon RDS. The database in it is made by `goldreel run`.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

# --- Keys -----------------------------------------------------------------------------------------------------------

resource "aws_kms_key" "this" {
  description             = "${var.name}: disk, password, backups and audit of SQL Server"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = var.tags
}

data "aws_iam_policy_document" "key" {
  # Rights on the key are given by the account's own policies, as AWS recommends.
  #checkov:skip=CKV_AWS_109:A key's policy has no resource but the key, and the account's root must be able to administer it
  #checkov:skip=CKV_AWS_111:As above
  #checkov:skip=CKV_AWS_356:As above
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

# --- Firewall: only `clients`, only SQL Server's port ---------------------------------------------------------------

resource "aws_security_group" "this" {
  name        = "${var.name}-mssql"
  description = "SQL Server of ${var.name}: who may connect"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each                     = var.clients
  security_group_id            = aws_security_group.this.id
  description                  = "SQL Server from ${each.key}"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 1433
  to_port                      = 1433
  tags                         = var.tags
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}"
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

# --- The server -----------------------------------------------------------------------------------------------------

locals {
  engine = "sqlserver-${var.edition}"
}

resource "aws_db_parameter_group" "this" {
  name        = "${var.name}-${replace(var.major_version, ".00", "")}"
  description = "goldreel: encrypted connections only"
  family      = "${local.engine}-${trimsuffix(var.major_version, "0")}"
  tags        = var.tags

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_161:RDS for SQL Server has no IAM authentication
  identifier     = var.name
  engine         = local.engine
  engine_version = var.major_version
  license_model  = "license-included"
  instance_class = var.instance_class
  multi_az       = var.multi_az
  timezone       = "UTC"

  # RDS makes the password and keeps it in Secrets Manager: it is in no state, no plan and no variable.
  username                      = "goldreel_admin"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.this.key_id

  storage_type          = "gp3"
  allocated_storage     = var.storage_gib
  max_allocated_storage = var.max_storage_gib
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.this.arn

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  port                   = 1433

  parameter_group_name       = aws_db_parameter_group.this.name
  option_group_name          = aws_db_option_group.audit.name
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:05:00-sun:06:00"

  backup_window             = "00:30-01:30"
  backup_retention_period   = var.backup_retention_days
  delete_automated_backups  = false
  copy_tags_to_snapshot     = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-final"
  deletion_protection       = var.deletion_protection

  enabled_cloudwatch_logs_exports       = ["agent", "error"]
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.this.arn
  performance_insights_retention_period = 7

  tags = var.tags
}

data "aws_iam_policy_document" "assumed_by" {
  for_each = { monitoring = "monitoring.rds", audit = "rds", backup = "backup" }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.value}.amazonaws.com"]
    }
    # RDS only on behalf of this account. (AWS Backup does not say that it supports the condition.)
    dynamic "condition" {
      for_each = each.key == "backup" ? [] : [data.aws_caller_identity.current.account_id]
      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "${var.name}-mssql-monitoring"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["monitoring"].json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
