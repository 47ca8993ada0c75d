{{/* What everything is called: the release, with the chart's name unless that is in it already. */}}
{{- define "laqun.name" -}}
{{- $name := ternary .Release.Name (printf "%s-laqun" .Release.Name) (contains "laqun" .Release.Name) -}}
{{- $name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* What a selector may name: it never changes. */}}
{{- define "laqun.selector" -}}
app.kubernetes.io/name: laqun
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "laqun.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "laqun.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Whether port 7701 is for others than the pod itself: "true", or nothing. */}}
{{- define "laqun.metrics" -}}
{{- if or .Values.metrics.open .Values.metrics.serviceMonitor.enabled -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.metricsFrom) -}}
{{- fail "networkPolicy.metricsFrom: metrics are open, and nobody may come in; say from where Prometheus does, such as [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]" -}}
{{- end -}}
true
{{- end -}}
{{- end }}

{{- define "laqun.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "laqun.name" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}
