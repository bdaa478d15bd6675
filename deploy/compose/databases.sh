#!/bin/sh
# Runs once, when the database server's volume is empty: a login role and a database of its own for each service.
set -eu
for service in checkout inventory notifier monitor; do
    password=$(printenv "DATABASE_PASSWORD_$(printf %s "$service" | tr '[:lower:]' '[:upper:]')")
    psql -Xq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v service="$service" -v password="$password" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
# Makes databases in which backups are tried out, and enters no other one.
psql -Xq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v password="$(printenv DATABASE_PASSWORD_SCRATCH)" <<'SQL'
CREATE ROLE scratch LOGIN CREATEDB PASSWORD :'password';
SQL
