# A private PostgreSQL cluster in the data folder, on a Unix socket only. Who connects is known by the operating
# system (peer authentication): the portal's user is the role that cannot change the audit log, root is the owner.
# shellcheck shell=bash disable=SC2154

pg_bin() { find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1; }

as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }

database_up() {
  local cluster="$data/postgres" bin log
  bin=$(pg_bin)
  system_user sallyport
  mkdir -p "$cluster/socket"
  chown postgres:postgres "$cluster" "$cluster/socket"
  chmod 755 "$cluster" "$cluster/socket"
  if [ ! -e "$cluster/data/PG_VERSION" ]; then
    log=$(log initdb)
    as_postgres "$bin/initdb" -D "$cluster/data" -U postgres -A peer -E UTF8 --locale=C.UTF-8 > "$log" 2>&1 \
      || { cat "$log" >&2; fail "The database cluster could not be made."; }
    echo "local all all peer map=sallyport" > "$cluster/data/pg_hba.conf"
    printf '%s\n' "sallyport postgres postgres" "sallyport root sallyport_owner" "sallyport sallyport sallyport_portal" > "$cluster/data/pg_ident.conf"
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$cluster/socket'" "log_destination = stderr" >> "$cluster/data/postgresql.conf"
  fi
  if ! as_postgres "$bin/pg_ctl" -D "$cluster/data" status >/dev/null 2>&1; then
    log=$(log postgres)
    chown postgres:postgres "$log"
    as_postgres "$bin/pg_ctl" -D "$cluster/data" -w -l "$log" start >/dev/null \
      || { tail -n 20 "$log" >&2; fail "PostgreSQL did not start."; }
  fi
  local psql=(as_postgres psql -h "$cluster/socket" -X -q -v ON_ERROR_STOP=1 -At)
  if [ "$("${psql[@]}" -c "select 1 from pg_database where datname = 'sallyport'")" != 1 ]; then
    "${psql[@]}" -c "create role sallyport_owner login" -c "create role sallyport_portal login" -c "create database sallyport owner sallyport_owner"
  fi
  log=$(log migrate)
  dotnet "$data/app/portal/Sallyport.Portal.dll" database migrate \
    --connection "Host=$cluster/socket;Database=sallyport;Username=sallyport_owner" > "$log" 2>&1 \
    || { cat "$log" >&2; fail "The database could not be brought up to date."; }
}

database_down() {
  local cluster="$data/postgres"
  [ -e "$cluster/data/PG_VERSION" ] || return 0
  as_postgres "$(pg_bin)/pg_ctl" -D "$cluster/data" -m fast -w stop >/dev/null 2>&1 || true
}
