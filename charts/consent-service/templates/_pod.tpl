{{- /* The pod of an instance. Takes root, part (serve or feed: its values and name), roles. */}}
{{- define "consent.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- /* What only feeds has nothing to answer, and refuses the setting. */}}
{{- $http := ternary (int $values.ports.http) 0 (has "serve" .roles) -}}
metadata:
  labels:
    {{- include "consent.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Settings are read at the start: others are another pod.
    checksum/settings: {{ include "consent.settings" $root | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "consent.serviceAccount" $root | quote }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "consent.graceSeconds" $root }}
  securityContext:
    {{- include "consent.podSecurity" $root | nindent 4 }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .part }}
      image: {{ include "consent.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      ports:
        - { name: grpc, containerPort: {{ int $values.ports.grpc }} }
        - { name: metrics, containerPort: {{ int $values.ports.metrics }} }
        {{- if $http }}
        - { name: http, containerPort: {{ $http }} }
        {{- end }}
      envFrom:
        - configMapRef: { name: {{ include "consent.fullname" $root | quote }} }
      env:
        {{- range $index, $role := .roles }}
        - { name: Consent__Roles__{{ $index }}, value: {{ $role }} }
        {{- end }}
        {{- if $http }}
        - { name: Consent__Listen__HttpPort, value: {{ $http | quote }} }
        {{- end }}
        {{- include "consent.secretVariable" (dict "name" "Consent__Postgres__ConnectionString" "secret" $values.postgres.secret "key" $values.postgres.connectionStringKey) | nindent 8 }}
        {{- with $values.postgres.feedConnectionStringKey }}
        {{- include "consent.secretVariable" (dict "name" "Consent__Postgres__FeedConnectionString" "secret" $values.postgres.secret "key" .) | nindent 8 }}
        {{- end }}
        {{- include "consent.secretVariable" (dict "name" "Consent__Redis__Configuration" "secret" $values.redis.secret "key" $values.redis.configurationKey) | nindent 8 }}
        {{- with include "consent.storesCaVariable" $root }}
        {{- . | nindent 8 }}
        {{- end }}
      # Stores do not count for either: a restart mends none of them.
      startupProbe:
        httpGet: { path: /healthz/live, port: metrics }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 30
      livenessProbe:
        httpGet: { path: /healthz/live, port: metrics }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: { path: /healthz/ready, port: metrics }
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      {{- if $values.preStopSleepSeconds }}
      lifecycle:
        # By the kubelet: the image has no shell.
        preStop:
          sleep: { seconds: {{ int $values.preStopSleepSeconds }} }
      {{- end }}
      resources:
        {{- toYaml (index $values .part).resources | nindent 8 }}
      securityContext:
        {{- include "consent.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        {{- include "consent.mounts" $root | nindent 8 }}
  volumes:
    {{- include "consent.volumes" $root | nindent 4 }}
  {{- with $values.topologySpread }}
  topologySpreadConstraints:
    {{- range . }}
    - topologyKey: {{ .topologyKey }}
      maxSkew: {{ int .maxSkew }}
      whenUnsatisfiable: {{ .whenUnsatisfiable }}
      # Each generation of pods by itself, so that a rollout ends spread.
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "consent.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ $.part }}
    {{- end }}
  {{- end }}
  {{- with include "consent.placement" $root }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "consent.placement" -}}
{{- with .Values.nodeSelector -}}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end }}
