{{- /*
The rules of files/rbac.yaml for a place, as YAML; nothing where there are none. Given a dict: root, part, places (a list), wanted (the
settings that hold), only (the kinds that are looked at, if not all).
*/ -}}
{{- define "boltrope-operator.rules" -}}
{{- $rules := list -}}
{{- range index (.root.Files.Get "files/rbac.yaml" | fromYaml) .part -}}
{{- $isSeen := not (and .kinds $.only) -}}
{{- range .kinds -}}
{{- $isSeen = or $isSeen (has . (default list $.only)) -}}
{{- end -}}
{{- if and $isSeen (has .place $.places) (or (not .when) (has .when $.wanted)) -}}
{{- $rule := pick . "apiGroups" "resources" "verbs" -}}
{{- with .names -}}
{{- $_ := set $rule "resourceNames" . -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- with $rules -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{- /*
One Role with its RoleBinding for each namespace, with the rules of all its places; a ClusterRole with its ClusterRoleBinding for the
namespace "". Given a dict: root, part, values, wanted, only, namespaces (a dict of lists of places).
*/ -}}
{{- define "boltrope-operator.roles" -}}
{{- $part := include "boltrope-operator.partName" . -}}
{{- range $namespace, $places := .namespaces -}}
{{- with include "boltrope-operator.rules" (merge (dict "places" $places) $) -}}
{{- $kind := ternary "ClusterRole" "Role" (eq $namespace "") -}}
{{- /* What has no namespace has to differ between releases of one name. */ -}}
{{- $name := ternary (printf "%s-%s" $.root.Release.Namespace $part) $part (eq $namespace "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $name }}
  {{- with $namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "boltrope-operator.labels" $ | nindent 4 }}
rules:
  {{- . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $name }}
  {{- with $namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "boltrope-operator.labels" $ | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "boltrope-operator.serviceAccountName" $ }}
    namespace: {{ $.root.Release.Namespace }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Adds a place to the namespaces of a dict. Given a list: the dict, a namespace, the place. */ -}}
{{- define "boltrope-operator.addPlace" -}}
{{- $namespaces := index . 0 -}}
{{- $namespace := index . 1 -}}
{{- $_ := set $namespaces $namespace (append (default list (get $namespaces $namespace)) (index . 2) | uniq) -}}
{{- end -}}
