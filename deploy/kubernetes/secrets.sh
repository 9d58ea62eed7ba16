#!/bin/sh
# Make the Secrets of the overlay `local` in the cluster, from .env (deploy/docker/secrets.sh writes one with random values).
#   sh deploy/kubernetes/secrets.sh [FILE]
# The values go through standard input, never through a command line. Run again after a change, then restart the pods.
set -eu
env_file=${1:-.env}
base=$(cd "$(dirname "$0")/base" && pwd)
[ -r "$env_file" ] || { echo "There is no $env_file; sh deploy/docker/secrets.sh writes it." >&2; exit 2; }

kubectl apply --filename "$base/namespace.yaml"

unquoted() {  # the value literally, as goldreel reads it: quotes around all of it are not part of it
  sed 's/[[:space:]]*$//' | sed -e "s/^\([^=]*=\)'\(.*\)'$/\1\2/" -e 't' -e 's/^\([^=]*=\)"\(.*\)"$/\1\2/'
}

secret() {  # NAME VARIABLE…
  name=$1
  shift
  chosen=""
  for variable in "$@"; do
    line=$(grep "^$variable=." "$env_file" | tail -n 1 | unquoted)
    [ -n "${line#*=}" ] || { echo "$variable is missing in $env_file" >&2; exit 2; }
    chosen="$chosen$line
"
  done
  printf '%s' "$chosen" | kubectl create secret generic "$name" --namespace goldreel --from-env-file=/dev/stdin \
    --dry-run=client --output yaml | kubectl apply --server-side --filename -
}

secret goldreel-warehouse MSSQL_USER MSSQL_PASSWORD
secret goldreel-dashboard MSSQL_USER MSSQL_PASSWORD
secret goldreel-airflow-db AIRFLOW_DB_PASSWORD
secret goldreel-airflow AIRFLOW_FERNET_KEY AIRFLOW_JWT_SECRET AIRFLOW_SECRET_KEY
secret goldreel-airflow-admin AIRFLOW_ADMIN_PASSWORD
