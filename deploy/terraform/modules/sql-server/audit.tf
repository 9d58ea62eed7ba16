# --- Auditing: SQL Server writes it, RDS carries it into a bucket that nobody may change ----------------------------

resource "aws_db_option_group" "audit" {
  name_prefix              = "${var.name}-audit-"
  option_group_description = "goldreel: audit files to S3"
  engine_name              = local.engine
  major_engine_version     = var.major_version
  tags                     = var.tags

  option {
    option_name = "SQLSERVER_AUDIT"
    option_settings {
      name  = "IAM_ROLE_ARN"
      value = aws_iam_role.audit.arn
    }
    option_settings {
      name  = "S3_BUCKET_ARN"
      value = "${aws_s3_bucket.audit.arn}/audit"
    }
    option_settings {
      name  = "ENABLE_COMPRESSION"
      value = "true"
    }
    option_settings { # hours on the server, after a file was carried away
      name  = "RETENTION_TIME"
      value = "48"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_bucket" "audit" {
  #checkov:skip=CKV_AWS_18:Who reads the audit is told by CloudTrail's data events, which the account sets for all buckets
  #checkov:skip=CKV_AWS_144:Copies in another region are for whoever must keep them; a region's loss loses the audit only
  #checkov:skip=CKV2_AWS_62:Nothing waits for audit files
  bucket_prefix       = "${var.name}-audit-"
  object_lock_enabled = true
  tags                = var.tags
}

resource "aws_s3_bucket_versioning" "audit" {
  bucket = aws_s3_bucket.audit.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.audit_kept_days
    }
  }
  depends_on = [aws_s3_bucket_versioning.audit]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "audit" {
  bucket                  = aws_s3_bucket.audit.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    id     = "kept"
    status = "Enabled"
    filter {}
    expiration {
      days = var.audit_kept_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
  depends_on = [aws_s3_bucket_versioning.audit]
}

resource "aws_s3_bucket_policy" "audit" {
  bucket     = aws_s3_bucket.audit.id
  policy     = data.aws_iam_policy_document.audit_bucket.json
  depends_on = [aws_s3_bucket_public_access_block.audit]
}

data "aws_iam_policy_document" "audit_bucket" {
  statement {
    sid       = "EncryptedConnectionsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.audit.arn, "${aws_s3_bucket.audit.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_iam_role" "audit" {
  name               = "${var.name}-mssql-audit"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["audit"].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "audit" {
  name   = "write-audit-files"
  role   = aws_iam_role.audit.id
  policy = data.aws_iam_policy_document.audit.json
}

data "aws_iam_policy_document" "audit" {
  statement { # no resource narrows it
    #checkov:skip=CKV_AWS_356:s3:ListAllMyBuckets knows no resource; RDS asks for it
    actions   = ["s3:ListAllMyBuckets"]
    resources = ["*"]
  }
  statement {
    actions   = ["s3:ListBucket", "s3:GetBucketACL", "s3:GetBucketLocation"]
    resources = [aws_s3_bucket.audit.arn]
  }
  statement {
    actions   = ["s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.audit.arn}/audit/*"]
  }
  statement {
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [aws_kms_key.this.arn]
  }
}
