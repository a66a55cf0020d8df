#!/usr/bin/env bash
# Every suite: SQLite, then what reads and writes again on a real PostgreSQL (pages are walked there by the browser),
# then the browser on both.
# In CI a suite that cannot run is a failure.
set -u
cd "$(dirname "$0")/.."
run="${UV:-uv} run --no-sync"
command -v uv >/dev/null || run=".make/bootstrap/bin/uv run --no-sync"
left_out=() failed=0
step() { echo "== $1"; shift; "$@" || failed=1; }

step "unit, property, API, SMTP (SQLite)" $run pytest -q -n 2 -m "not browser" --durations 25

initdb=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
if [ -n "$initdb" ] && [ "$(id -u)" = 0 ]; then
  cluster=$(mktemp -d) port=$((20000 + RANDOM % 20000)); chown postgres "$cluster"
  su postgres -c "$initdb/initdb -D $cluster/db -A trust -E UTF8 --locale=C.UTF-8 >/dev/null &&
    $initdb/pg_ctl -D $cluster/db -w -l $cluster/log -o '-p $port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=$cluster -c fsync=off -c full_page_writes=off' start >/dev/null"
  trap 'su postgres -c "$initdb/pg_ctl -D $cluster/db -m immediate stop >/dev/null"; rm -rf "$cluster"' EXIT
  POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
  step "database suites (PostgreSQL)" env DATABASE_URL="$POSTGRES_URL" $run pytest -q -n 2 -m "not browser" --durations 25 \
    --ignore tests/measures --ignore tests/charts --ignore tests/warehouse --ignore tests/demo --ignore tests/docs \
    --ignore tests/reports --ignore tests/api --ignore tests/rights -k "not walk_of_the_unit and not any_page_change and not five_hundred" \
    --ignore-glob '*_pages.py' --ignore-glob '*_views.py' --ignore-glob '*test_views.py' \
    --deselect tests/complaints/test_importing.py::test_the_consumer_complaints_come_in_as_they_are
else
  left_out+=("PostgreSQL suites: no server binaries, or not root")
fi

if [ -x /usr/bin/chromium ]; then
  step "browser (SQLite)" $run pytest -q -n 2 --dist loadfile -m browser
  [ -n "${POSTGRES_URL:-}" ] && step "browser (PostgreSQL)" env DATABASE_URL="$POSTGRES_URL" $run pytest -q -n 2 --dist loadfile -m browser tests/journeys/test_wave.py \
    tests/journeys/test_complaint.py
else
  left_out+=("browser suites: no Chromium")
fi

[ -x /usr/sbin/dovecot ] || left_out+=("bounce mailbox: no Dovecot")
for suite in ${left_out[@]+"${left_out[@]}"}; do echo "LEFT OUT $suite"; done
[ ${#left_out[@]} -gt 0 ] && [ "${CI:-}" = true ] && failed=1
[ "$failed" = 0 ] && echo "All suites passed." || echo "FAILED: see above."
exit "$failed"
