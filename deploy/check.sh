#!/bin/sh
# Everything under deploy/ that can be checked without a cluster or a cloud: the rendered Kubernetes overlays against the schemas
# of the oldest and the newest Kubernetes we say we run on, and all of it against Checkov's policies.
# Needs kubectl or kustomize, and uv, which fetches the two tools into environments of their own.
set -eu
export UV_PYTHON_DOWNLOADS=never
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tool() { ${UV:-uv} tool run --quiet --from "$@"; }

for overlay in local production spark; do
  if command -v kubectl >/dev/null; then
    kubectl kustomize "kubernetes/overlays/$overlay" >"$work/$overlay.yaml"
  else
    kustomize build "kubernetes/overlays/$overlay" >"$work/$overlay.yaml"
  fi
done
for version in 1.31 1.37; do
  tool kubernetes-validate==1.37.0 kubernetes-validate --kubernetes-version "$version" --strict --quiet "$work"/*.yaml
  echo "The overlays are valid Kubernetes $version."
done

cp -r terraform "$work/"
tool checkov==3.3.30 checkov --config-file checkov.yaml --directory "$work"
echo "No policy is broken without a written reason."
