{{- define "consent.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "consent.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains (include "consent.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "consent.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "consent.selector" -}}
app.kubernetes.io/name: {{ include "consent.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "consent.labels" -}}
{{ include "consent.selector" . }}
{{ include "consent.commonLabels" . }}
{{- end }}

{{- /* A name of its own: no Service or policy of the instances takes the job for one of them. */}}
{{- define "consent.migrateSelector" -}}
app.kubernetes.io/name: {{ include "consent.name" . }}-migrate
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "consent.migrateLabels" -}}
{{ include "consent.migrateSelector" . }}
app.kubernetes.io/component: migrate
{{ include "consent.commonLabels" . }}
{{- end }}

{{- define "consent.commonLabels" -}}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* A digest says which image; a tag only what it was called. */}}
{{- define "consent.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "consent.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "consent.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{- /* docs/operations.md: an instance needs at most DrainMs and 15 s to end; with 5 s to spare, after the sleep. */}}
{{- define "consent.leastGraceSeconds" -}}
{{- $drainMs := 5000 -}}
{{- if hasKey .Values.settings "DrainMs" }}{{ $drainMs = int .Values.settings.DrainMs }}{{ end -}}
{{- add (int .Values.preStopSleepSeconds) (div (add $drainMs 999) 1000) 20 -}}
{{- end }}

{{- define "consent.graceSeconds" -}}
{{- default (include "consent.leastGraceSeconds" .) .Values.terminationGracePeriodSeconds | int -}}
{{- end }}

{{- define "consent.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "consent.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
