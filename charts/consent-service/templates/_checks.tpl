{{- /* What no schema can say: values that do not fit each other. Each is one sentence: the value, and what is allowed. */}}
{{- define "consent.checks" -}}
{{- $v := .Values -}}
{{- if not $v.image.repository -}}
{{- fail "image.repository is missing: where the image is, such as registry.example/consent-service, is required" -}}
{{- end -}}
{{- if lt (int (include "consent.graceSeconds" .)) (int (include "consent.leastGraceSeconds" .)) -}}
{{- fail (printf "terminationGracePeriodSeconds is %s: at least %s is allowed, which is preStopSleepSeconds, settings.DrainMs and 20 s" (include "consent.graceSeconds" .) (include "consent.leastGraceSeconds" .)) -}}
{{- end -}}
{{- if eq (int $v.ports.grpc) (int $v.ports.metrics) -}}
{{- fail (printf "ports.metrics is %d: another port than ports.grpc is allowed" (int $v.ports.metrics)) -}}
{{- end -}}
{{- if or (eq (int $v.ports.http) (int $v.ports.grpc)) (eq (int $v.ports.http) (int $v.ports.metrics)) -}}
{{- fail (printf "ports.http is %d: another port than ports.grpc and ports.metrics is allowed, or 0 for none" (int $v.ports.http)) -}}
{{- end -}}
{{- if lt (int $v.serve.autoscaling.maxReplicas) (int $v.serve.autoscaling.minReplicas) -}}
{{- fail (printf "serve.autoscaling.maxReplicas is %d: at least minReplicas (%d) is allowed" (int $v.serve.autoscaling.maxReplicas) (int $v.serve.autoscaling.minReplicas)) -}}
{{- end -}}
{{- include "consent.checkAccess" . -}}
{{- include "consent.checkEgress" . -}}
{{- end }}

{{- define "consent.checkAccess" -}}
{{- $access := .Values.access -}}
{{- $tls := .Values.tls -}}
{{- $grants := or $access.grantsSecret $access.grantsInDatabase -}}
{{- if and $access.grantsSecret $access.grantsInDatabase -}}
{{- fail (printf "access.grantsInDatabase is true and access.grantsSecret is '%s': one of both is allowed" $access.grantsSecret) -}}
{{- end -}}
{{- if and (not $grants) (not $access.allowEverybodyToDoEverything) -}}
{{- fail "access has no grants: grantsSecret or grantsInDatabase is required (or allowEverybodyToDoEverything)" -}}
{{- end -}}
{{- if and (not $tls.secret) (not $tls.allowPlaintext) -}}
{{- fail "tls.secret is missing: a Secret with tls.crt and tls.key is required (or tls.allowPlaintext, where a mesh encrypts)" -}}
{{- end -}}
{{- if and $tls.clientCaSecret (not (and $tls.secret $grants)) -}}
{{- fail (printf "tls.clientCaSecret is '%s': with tls.secret and with grants it is allowed" $tls.clientCaSecret) -}}
{{- end -}}
{{- $jwt := $access.jwt -}}
{{- if or $jwt.issuer $jwt.audience $jwt.keysUrl $jwt.keysSecret -}}
{{- if not (and $grants $jwt.issuer $jwt.audience (or $jwt.keysUrl $jwt.keysSecret) (not (and $jwt.keysUrl $jwt.keysSecret))) -}}
{{- fail "access.jwt is not whole: grants, issuer, audience and one of keysUrl and keysSecret are required" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "consent.checkEgress" -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.extraEgress) -}}
{{- if .Values.access.jwt.keysUrl -}}
{{- fail (printf "access.jwt.keysUrl is '%s': networkPolicy.extraEgress must open the way to it" .Values.access.jwt.keysUrl) -}}
{{- end -}}
{{- if (.Values.settings.Traces | default dict).OtlpEndpoint -}}
{{- fail (printf "settings.Traces.OtlpEndpoint is '%s': networkPolicy.extraEgress must open the way to it" .Values.settings.Traces.OtlpEndpoint) -}}
{{- end -}}
{{- end -}}
{{- end }}
