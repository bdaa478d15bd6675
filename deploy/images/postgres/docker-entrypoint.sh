#!/bin/bash
# The start-up contract of the postgres image: POSTGRES_USER, _PASSWORD, _DB, _INITDB_ARGS and _HOST_AUTH_METHOD make a new
# data folder, what lies in /docker-entrypoint-initdb.d runs once on a server that nobody else can reach, and as root the
# server is run by the account `postgres`.
set -Eeuo pipefail

from_file() {
    local file=${1}_FILE
    if [ -n "${!file:-}" ]; then export "$1"="$(<"${!file}")"; fi
}

make_folder() {
    local password
    password=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
    # Several arguments in one variable, as the image takes them.
    eval 'initdb --auth-local=trust --username="$POSTGRES_USER" --pwfile="$password" '"${POSTGRES_INITDB_ARGS:-}" >/dev/null
    rm -f "$password"
    printf "listen_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
    printf 'host all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

run_once() {
    local file
    if [ "$POSTGRES_DB" != postgres ]; then
        psql -Xq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
    fi
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) psql -Xq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$file" ;;
        esac
    done
}

initialise() {
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "POSTGRES_PASSWORD is needed for a new data folder." >&2
        exit 1
    fi
    make_folder
    PGPASSWORD=$POSTGRES_PASSWORD
    export PGPASSWORD
    pg_ctl -s -w -D "$PGDATA" -o "-c listen_addresses='' -p ${PGPORT:-5432}" start
    run_once
    pg_ctl -s -w -D "$PGDATA" -m fast stop
    unset PGPASSWORD
}

case ${1:-} in -*) set -- postgres "$@" ;; esac
if [ "${1:-}" = postgres ]; then
    mkdir -p "$PGDATA"
    if [ "$(id -u)" = 0 ]; then
        chown -R postgres:postgres "$PGDATA" /run/postgresql
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    chmod 700 "$PGDATA"
    from_file POSTGRES_PASSWORD
    export POSTGRES_USER=${POSTGRES_USER:-postgres}
    export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
    if [ ! -s "$PGDATA/PG_VERSION" ]; then initialise; fi
fi
exec "$@"
