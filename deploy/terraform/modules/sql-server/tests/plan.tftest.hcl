# At plan level, against a provider that answers by itself: nothing is asked of AWS.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  vpc_id     = "vpc-0123456789abcdef0"
  subnet_ids = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"]
  clients    = { cluster = "sg-0123456789abcdef0" }
}

run "the_server_is_closed_encrypted_and_protected" {
  command = plan

  assert {
    condition     = !aws_db_instance.this.publicly_accessible
    error_message = "The server must not be reachable from outside."
  }
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "The server must be encrypted, protected, and leave a last snapshot."
  }
  assert {
    condition     = one([for p in aws_db_parameter_group.this.parameter : p.value if p.name == "rds.force_ssl"]) == "1"
    error_message = "Connections must be encrypted."
  }
  assert {
    condition     = aws_db_parameter_group.this.family == "sqlserver-se-16.0"
    error_message = "The parameters must be of the server's edition and version."
  }
}

run "no_password_passes_through_terraform" {
  command = plan

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null && aws_db_instance.this.password_wo == null
    error_message = "RDS must make the password itself."
  }
}

run "the_firewall_opens_one_port_to_the_clients_alone" {
  command = plan

  variables {
    clients = { cluster = "sg-0123456789abcdef0", bastion = "sg-0fedcba9876543210" }
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.client) == ["bastion", "cluster"]
    error_message = "One rule for each client."
  }
  assert {
    condition = alltrue([for rule in aws_vpc_security_group_ingress_rule.client :
    rule.from_port == 1433 && rule.to_port == 1433 && rule.cidr_ipv4 == null && rule.cidr_ipv6 == null])
    error_message = "Only port 1433, and no address ranges."
  }
}

run "backups_are_kept_for_days_months_and_years" {
  command = plan

  assert {
    condition     = aws_db_instance.this.backup_retention_period == 14 && !aws_db_instance.this.delete_automated_backups
    error_message = "Short term: 14 days, which outlive the server."
  }
  assert {
    condition     = { for r in aws_backup_plan.this.rule : r.rule_name => r.lifecycle[0].delete_after } == { monthly = 400, yearly = 2557 }
    error_message = "Long term: 13 months and 7 years."
  }
}

run "the_audit_can_be_neither_read_by_the_world_nor_shortened" {
  command = plan

  assert {
    condition     = one([for o in aws_db_option_group.audit.option : o.option_name]) == "SQLSERVER_AUDIT"
    error_message = "The audit must be on."
  }
  assert {
    condition     = aws_s3_bucket.audit.object_lock_enabled && aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].days == 400
    error_message = "Audit files must be locked for as long as they are kept."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.audit.block_public_policy && aws_s3_bucket_public_access_block.audit.restrict_public_buckets
    error_message = "The bucket must be closed."
  }
}

run "a_server_that_nobody_may_reach_is_refused" {
  command = plan
  variables {
    clients = {}
  }
  expect_failures = [var.clients]
}

run "too_short_a_backup_is_refused" {
  command = plan
  variables {
    backup_retention_days = 1
  }
  expect_failures = [var.backup_retention_days]
}

run "web_edition_cannot_be_mirrored" {
  command = plan
  variables {
    edition = "web"
  }
  expect_failures = [var.multi_az]
}
