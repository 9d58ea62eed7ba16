#!/bin/sh
# Write .env with random secrets: a copy of .env.example, or the .env that is there, in which every secret that is empty or
# missing is filled in. What has a value keeps it. Run it in the folder of docker-compose.yaml.
set -eu
umask 077
[ -e .env ] || cp .env.example .env

random() { # $1 random bytes, in URL-safe base64
  head -c "$1" /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'
}

fill() { # $1 the name, $2 its value, unless it has one
  if grep -q "^$1=." .env; then return; fi
  if grep -q "^$1=" .env; then
    sed "s|^$1=.*|$1=$2|" .env >.env.new
    mv .env.new .env
  else
    echo "$1=$2" >>.env
  fi
  echo "filled in $1"
}

fill MSSQL_PASSWORD "Aa1-$(random 24)"
fill AIRFLOW_ADMIN_PASSWORD "$(random 18)"
fill AIRFLOW_DB_PASSWORD "$(random 24)"
fill AIRFLOW_FERNET_KEY "$(random 32)"
fill AIRFLOW_JWT_SECRET "$(random 48)"
fill AIRFLOW_SECRET_KEY "$(random 48)"
fill NOTEBOOK_TOKEN "$(random 18)"
