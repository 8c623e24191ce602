{{- /* A value as the environment has it: large numbers without an exponent. */}}
{{- define "consent.plain" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end }}

{{- /* All settings that are no secret, as variables of the environment. */}}
{{- define "consent.settings" -}}
Logging__LogLevel__Default: {{ .Values.logLevel | quote }}
Consent__Listen__Address: {{ .Values.listenAddress | quote }}
Consent__Listen__GrpcPort: {{ include "consent.plain" .Values.ports.grpc | quote }}
Consent__Listen__MetricsPort: {{ include "consent.plain" .Values.ports.metrics | quote }}
{{- if .Values.tls.secret }}
Consent__Listen__Tls__CertificateFile: /etc/consent/tls/tls.crt
Consent__Listen__Tls__KeyFile: /etc/consent/tls/tls.key
{{- else }}
Consent__Access__AllowPlaintextBeyondLoopback: "true"
{{- end }}
{{- if .Values.tls.clientCaSecret }}
Consent__Listen__Tls__ClientCaFile: /etc/consent/client-ca/{{ .Values.tls.clientCaKey }}
{{- end }}
{{- with .Values.access }}
{{- if .grantsSecret }}
Consent__Access__GrantsFile: /etc/consent/grants/{{ .grantsKey }}
{{- else if .grantsInDatabase }}
Consent__Access__GrantsInDatabase: "true"
{{- else }}
Consent__Access__AllowEverybodyToDoEverything: "true"
{{- end }}
{{- if .jwt.issuer }}
Consent__Access__Jwt__Issuer: {{ .jwt.issuer | quote }}
Consent__Access__Jwt__Audience: {{ .jwt.audience | quote }}
{{- if .jwt.keysSecret }}
Consent__Access__Jwt__KeysFile: /etc/consent/jwt/{{ .jwt.keysKey }}
{{- else }}
Consent__Access__Jwt__KeysUrl: {{ .jwt.keysUrl | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- range $section, $value := .Values.settings }}
{{- if kindIs "map" $value }}
{{- range $name, $inner := $value }}
Consent__{{ $section }}__{{ $name }}: {{ include "consent.plain" $inner | quote }}
{{- end }}
{{- else }}
Consent__{{ $section }}: {{ include "consent.plain" $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Files that come of Secrets: whole folders, so that the kubelet renews them and the service reads them again. */}}
{{- define "consent.files" -}}
{{- $files := list -}}
{{- with .Values.tls.secret }}{{ $files = append $files (dict "name" "tls" "secret" . "keys" (list "tls.crt" "tls.key")) }}{{ end -}}
{{- with .Values.tls.clientCaSecret }}{{ $files = append $files (dict "name" "client-ca" "secret" . "keys" (list $.Values.tls.clientCaKey)) }}{{ end -}}
{{- with .Values.access.grantsSecret }}{{ $files = append $files (dict "name" "grants" "secret" . "keys" (list $.Values.access.grantsKey)) }}{{ end -}}
{{- with .Values.access.jwt.keysSecret }}{{ $files = append $files (dict "name" "jwt" "secret" . "keys" (list $.Values.access.jwt.keysKey)) }}{{ end -}}
{{- with .Values.storesCa.secret }}{{ $files = append $files (dict "name" "stores-ca" "secret" . "keys" (list $.Values.storesCa.key)) }}{{ end -}}
{{- toJson (dict "files" $files) -}}
{{- end }}

{{- /* The image writes nothing; /tmp is for dotnet-trace, when DOTNET_EnableDiagnostics is set to 1. */}}
{{- define "consent.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- range (fromJson (include "consent.files" .)).files }}
- name: {{ .name }}
  secret:
    secretName: {{ .secret | quote }}
    defaultMode: 288 # 0440
    items:
      {{- range .keys }}
      - { key: {{ . | quote }}, path: {{ . | quote }} }
      {{- end }}
{{- end }}
{{- end }}

{{- define "consent.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range (fromJson (include "consent.files" .)).files }}
- { name: {{ .name }}, mountPath: /etc/consent/{{ .name }}, readOnly: true }
{{- end }}
{{- end }}

{{- /* OpenSSL reads this file besides the folder of the roots of the image. */}}
{{- define "consent.storesCaVariable" -}}
{{- with .Values.storesCa -}}
{{- if .secret -}}
- { name: SSL_CERT_FILE, value: /etc/consent/stores-ca/{{ .key }} }
{{- end -}}
{{- end -}}
{{- end }}

{{- /* One variable of a Secret. Takes name, secret, key. */}}
{{- define "consent.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: { name: {{ .secret | quote }}, key: {{ .key | quote }} }
{{- end }}
