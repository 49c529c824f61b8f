{{- define "boltrope-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- /* A CronJob's name has at most 52 characters, and a part's name comes behind this one. */ -}}
{{- define "boltrope-operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "boltrope-operator.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "boltrope-operator.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* The parts below are given a dict: root, part (recovery or preview), values (of the part). */ -}}

{{- define "boltrope-operator.partName" -}}
{{ include "boltrope-operator.fullname" .root }}-{{ .part }}
{{- end -}}

{{- define "boltrope-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "boltrope-operator.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{- define "boltrope-operator.labels" -}}
{{- with .root.Values.commonLabels }}
{{- toYaml . }}
{{ end -}}
{{ include "boltrope-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "boltrope-operator.serviceAccountName" -}}
{{- if .values.serviceAccount.create -}}
{{ default (include "boltrope-operator.partName" .) .values.serviceAccount.name }}
{{- else -}}
{{ required (printf "%s.serviceAccount.name: with create: false, name the ServiceAccount that is there" .part) .values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- define "boltrope-operator.image" -}}
{{- with .root.Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.root.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "boltrope-operator.serviceAccount" -}}
{{- if .values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "boltrope-operator.serviceAccountName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "boltrope-operator.labels" . | nindent 4 }}
  {{- with .values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
# The Pods ask for their token themselves.
automountServiceAccountToken: false
{{- end -}}
{{- end -}}

{{- /* The Pod, which a Deployment and a CronJob share. Also given: args (YAML), stays (whether it serves
metrics), rulesFrom (a ConfigMap) or backupClaim. */ -}}
{{- define "boltrope-operator.pod" -}}
metadata:
  labels:
    {{- include "boltrope-operator.labels" . | nindent 4 }}
    {{- with .values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "boltrope-operator.serviceAccountName" . }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- if .stays }}
  # A step that is under way is finished.
  terminationGracePeriodSeconds: 60
  {{- else }}
  restartPolicy: Never
  {{- end }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ .root.Values.runAsUser }}
    runAsGroup: {{ .root.Values.runAsUser }}
    {{- if .backupClaim }}
    fsGroup: {{ .root.Values.runAsUser }}
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: {{ .part }}
      image: {{ include "boltrope-operator.image" . | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args:
        {{- .args | nindent 8 }}
        {{- with .values.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if .stays }}
      ports:
        - name: metrics
          containerPort: {{ .root.Values.metrics.port }}
          protocol: TCP
      livenessProbe:
        httpGet:
          path: /healthz
          port: metrics
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet:
          path: /readyz
          port: metrics
        periodSeconds: 10
        timeoutSeconds: 5
      {{- end }}
      resources:
        {{- toYaml .values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      {{- if .rulesFrom }}
      volumeMounts:
        - name: rules
          mountPath: /etc/boltrope
          readOnly: true
      {{- else if .backupClaim }}
      volumeMounts:
        - name: backups
          mountPath: /var/lib/boltrope
      {{- end }}
  {{- if .rulesFrom }}
  volumes:
    - name: rules
      configMap:
        name: {{ .rulesFrom }}
  {{- else if .backupClaim }}
  volumes:
    - name: backups
      persistentVolumeClaim:
        claimName: {{ .backupClaim }}
  {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "boltrope-operator.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "boltrope-operator.partName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "boltrope-operator.labels" . | nindent 4 }}
spec:
  replicas: {{ .values.replicas }}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      {{- include "boltrope-operator.selectorLabels" . | nindent 6 }}
  template:
    {{- include "boltrope-operator.pod" . | nindent 4 }}
{{- /* With one replica a budget would only stand in the way of a node that is drained. */ -}}
{{- if gt (int .values.replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "boltrope-operator.partName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "boltrope-operator.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "boltrope-operator.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}
