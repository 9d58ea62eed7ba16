#!/bin/sh
# What a release is made of, for whoever must know: deploy/inventory.sh FOLDER. From the packages that uv.lock names for the wheel with all its extras, installed
# apart from everything else, it writes
#   goldreel-VERSION.cdx.json        a bill of materials (CycloneDX, checked against its schema)
#   THIRD-PARTY-LICENCES.md          each package with its version, licence and home
#   THIRD-PARTY-LICENCE-TEXTS.txt    the licences and notices that the packages bring, whole
# What is in an image, Syft lists: .github/workflows/release.yml.
set -eu
export UV_PYTHON_DOWNLOADS=never
uv=${UV:-uv}
case $uv in */*) uv=$(realpath "$uv") ;; esac
mkdir -p "${1:?name the folder to write to}"
output=$(realpath "$1")
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
UV_PROJECT_ENVIRONMENT="$work/goldreel" "$uv" sync --quiet --locked --no-dev --no-install-project --all-extras
UV_PROJECT_ENVIRONMENT="$work/tools" "$uv" sync --quiet --locked --only-group release

"$work/tools/bin/cyclonedx-py" environment --pyproject pyproject.toml --mc-type application --output-reproducible \
  --spec-version 1.6 --output-format JSON --output-file "$output/goldreel-$version.cdx.json" --validate "$work/goldreel/bin/python"
licences() { "$work/tools/bin/pip-licenses" --python "$work/goldreel/bin/python" "$@"; }
licences --from mixed --order license --with-urls --format markdown >"$output/THIRD-PARTY-LICENCES.md"
licences --from mixed --with-license-file --no-license-path --with-notice-file --format plain-vertical >"$output/THIRD-PARTY-LICENCE-TEXTS.txt"
echo "Written to $output: $(grep -c '^| ' "$output/THIRD-PARTY-LICENCES.md") lines of licences, goldreel-$version.cdx.json"
