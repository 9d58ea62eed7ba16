# A managed SQL Server for goldreel in a network that is there already.

terraform {
  required_version = ">= 1.11, < 2"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
  # The state lies encrypted in a bucket, and only one may change it at a time: terraform init -backend-config=backend.hcl
  backend "s3" {}
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = "goldreel", managed-by = "terraform" }
  }
}

variable "region" {
  description = "Where it all stands."
  type        = string
  default     = "eu-central-1"
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "Two private subnets or more."
  type        = list(string)
}

variable "cluster_security_group_id" {
  description = "Security group of the Kubernetes nodes, which may connect."
  type        = string
}

module "sql_server" {
  source     = "../../modules/sql-server"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
  clients    = { cluster = var.cluster_security_group_id }
}

output "mssql_server" {
  description = "MSSQL_SERVER for goldreel."
  value       = module.sql_server.address
}

output "administrator_secret_arn" {
  description = "Where the administrator's password is."
  value       = module.sql_server.administrator_secret_arn
}
