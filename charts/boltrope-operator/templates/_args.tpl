{{- /* What the program is told, as a YAML list. An item is one argument, so no value can become two. */ -}}

{{- define "boltrope-operator.recoveryArgs" -}}
{{- $args := list "recover" "run" -}}
{{- with .values -}}
{{- if $.stays -}}
{{- $args = append $args (printf "--interval=%s" .interval) -}}
{{- $args = append $args (printf "--metrics-address=0.0.0.0:%d" (int $.root.Values.metrics.port)) -}}
{{- else -}}
{{- $args = append $args "--once" -}}
{{- end -}}
{{- if not .clusterWide -}}
{{- range default (list $.root.Release.Namespace) .namespaces -}}
{{- $args = append $args (printf "--namespace=%s" .) -}}
{{- end -}}
{{- end -}}
{{- $args = append $args (printf "--flux-namespace=%s" .fluxNamespace) -}}
{{- with .controllerVersion -}}
{{- $args = append $args (printf "--controller-version=%s" .) -}}
{{- end -}}
{{- $args = append $args (printf "--max=%d" (int .max)) -}}
{{- if not (kindIs "invalid" .maxPercent) -}}
{{- $args = append $args (printf "--max-percent=%d" (int .maxPercent)) -}}
{{- end -}}
{{- $args = append $args (printf "--cool-down=%s" .coolDown) -}}
{{- if .allowDeploy -}}
{{- $args = append $args "--allow-deploy" -}}
{{- end -}}
{{- if .listSecrets -}}
{{- $args = append $args "--list-secrets" -}}
{{- end -}}
{{- if .backupClaim -}}
{{- $args = append $args "--backup-dir=/var/lib/boltrope" -}}
{{- end -}}
{{- with .compat -}}
{{- $args = append $args (printf "--compat=%s" .) -}}
{{- end -}}
{{- with .stuckThreshold -}}
{{- $args = append $args (printf "--stuck-threshold=%s" .) -}}
{{- end -}}
{{- end -}}
{{- toYaml $args -}}
{{- end -}}

{{- define "boltrope-operator.previewArgs" -}}
{{- $args := list "preview" "run" -}}
{{- $args = append $args (printf "--rules=/etc/boltrope/%s" .rulesKey) -}}
{{- $args = append $args (printf "--metrics-address=0.0.0.0:%d" (int .root.Values.metrics.port)) -}}
{{- range .values.targetNamespaces -}}
{{- $args = append $args (printf "--only=%s" .) -}}
{{- end -}}
{{- range .values.onlyKinds -}}
{{- $args = append $args (printf "--kind=%s" .) -}}
{{- end -}}
{{- toYaml $args -}}
{{- end -}}
