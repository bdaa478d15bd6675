#!/bin/sh
# Runs once, when the database server's volume is empty: a login role and a database of its own for each service.
set -eu
secret() {
    cat "$(printenv "$1_FILE")"
}
for service in checkout inventory notifier monitor; do
    password=$(secret "DATABASE_PASSWORD_$(printf %s "$service" | tr '[:lower:]' '[:upper:]')")
    psql -Xq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v service="$service" -v password="$password" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
# Makes databases in which backups are tried out, and enters no other one.
password=$(secret DATABASE_PASSWORD_SCRATCH)
psql -Xq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v password="$password" <<'SQL'
CREATE ROLE scratch LOGIN CREATEDB PASSWORD :'password';
SQL
