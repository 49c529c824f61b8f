#!/bin/sh
# What a CI job runs: render the chart, apply the rules, publish the result for Flux to apply.
set -eu
out=$(mktemp -d)
helm template web examples/platform/chart --namespace new-feature |
  boltrope post-render --rules examples/platform/rules.yaml --world examples/platform/world/namespaced \
    --namespace new-feature > "$out/web.yaml"
flux push artifact "oci://$REGISTRY/manifests/web:$REVISION" --path="$out" --source="$REPOSITORY" --revision="$REVISION"
