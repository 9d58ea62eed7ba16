#!/bin/sh
# Known vulnerabilities in what uv.lock names, by the database of https://osv.dev: exit code 1 when there is one. Where the database cannot be
# reached it says so and ends with 0, unless GOLDREEL_REQUIRE_AUDIT is set. A finding that does not concern us is left out by its id, with
# the reason: deploy/audit-ignored.txt, a line each, `ID reason`.
set -eu
export UV_PYTHON_DOWNLOADS=never
cd "$(dirname "$0")/.."
osv=${GOLDREEL_OSV_URL:-https://api.osv.dev/v1/query}
uv=${UV:-uv}

if ! python3 - "$osv" <<'END_OF_PROBE'
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], data=b'{"package": {"name": "pip", "ecosystem": "PyPI"}, "version": "99999"}')
try:
    urllib.request.urlopen(request, timeout=20).close()
except OSError as error:
    sys.exit(f"audit: {sys.argv[1]} cannot be reached: {error}")
END_OF_PROBE
then
  if [ -n "${GOLDREEL_REQUIRE_AUDIT:-}" ]; then
    echo "audit: it must be done here (GOLDREEL_REQUIRE_AUDIT)" >&2
    exit 1
  fi
  echo "audit: skipped; nothing was looked up"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$uv" export --quiet --locked --all-extras --all-groups --no-emit-project --output-file "$work/requirements.txt"
ignored=$(sed -n 's/^\([A-Z][A-Za-z0-9-]*\) ..*/--ignore-vuln \1/p' deploy/audit-ignored.txt)
UV_PROJECT_ENVIRONMENT="$work/tools" "$uv" sync --quiet --locked --only-group release
# The lock has every package with its hash: nothing is resolved or installed to be looked up.
# shellcheck disable=SC2086
"$work/tools/bin/pip-audit" --requirement "$work/requirements.txt" --require-hashes --disable-pip --progress-spinner off \
  --vulnerability-service osv --osv-url "$osv" $ignored
