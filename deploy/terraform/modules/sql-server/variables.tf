variable "name" {
  description = "Name of the server, and what all names here begin with."
  type        = string
  default     = "goldreel"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must have 3 to 40 small letters, digits and hyphens, beginning with a letter."
  }
}

variable "vpc_id" {
  description = "The network that the server stands in."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, in two availability zones or more."
  type        = list(string)
  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "Name at least two subnets, in two availability zones."
  }
}

variable "clients" {
  description = "Who may connect: security groups by a name of your choice (the cluster's nodes, a bastion)."
  type        = map(string)
  validation {
    condition     = length(var.clients) > 0
    error_message = "Name at least one security group; nobody else can connect."
  }
}

variable "edition" {
  description = "Edition of SQL Server: web, se (Standard) or ee (Enterprise). Express (ex) has no audit on RDS."
  type        = string
  default     = "se"
  validation {
    condition     = contains(["web", "se", "ee"], var.edition)
    error_message = "The edition must be web, se or ee."
  }
}

variable "major_version" {
  description = "Major version of SQL Server: 15.00 (2019) or 16.00 (2022)."
  type        = string
  default     = "16.00"
  validation {
    condition     = contains(["15.00", "16.00"], var.major_version)
    error_message = "The major version must be 15.00 (2019) or 16.00 (2022)."
  }
}

variable "instance_class" {
  description = "Size of the machine."
  type        = string
  default     = "db.m6i.large"
}

variable "storage_gib" {
  description = "Disk in GiB to begin with; it grows by itself up to max_storage_gib."
  type        = number
  default     = 100
}

variable "max_storage_gib" {
  description = "Up to where the disk grows by itself, in GiB."
  type        = number
  default     = 500
  validation {
    condition     = var.max_storage_gib > var.storage_gib
    error_message = "max_storage_gib must be above storage_gib."
  }
}

variable "multi_az" {
  description = "Keep a second server in another zone that takes over (Standard and Enterprise); doubles the price."
  type        = bool
  default     = true
  validation {
    condition     = !(var.multi_az && var.edition == "web")
    error_message = "Web edition cannot be mirrored: set multi_az to false."
  }
}

variable "backup_retention_days" {
  description = "Short term: days back to which the server can be restored, to any minute."
  type        = number
  default     = 14
  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "Keep backups for 7 to 35 days."
  }
}

variable "monthly_backups_kept_days" {
  description = "Long term: days that the backup of each month is kept."
  type        = number
  default     = 400
  validation {
    condition     = var.monthly_backups_kept_days > var.backup_retention_days
    error_message = "Monthly backups must be kept longer than backup_retention_days."
  }
}

variable "yearly_backups_kept_days" {
  description = "Long term: days that the backup of each year is kept."
  type        = number
  default     = 2557
  validation {
    condition     = var.yearly_backups_kept_days > var.monthly_backups_kept_days
    error_message = "Yearly backups must be kept longer than the monthly ones."
  }
}

variable "audit_kept_days" {
  description = "Days that audit files are kept in the bucket."
  type        = number
  default     = 400
  validation {
    condition     = var.audit_kept_days >= 90
    error_message = "Keep the audit for at least 90 days."
  }
}

variable "deletion_protection" {
  description = "Refuse to destroy the server; set to false and apply before destroying it."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}
