# shellcheck shell=bash
# ./dev image: builds the image, runs it beside a PostgreSQL and a Redis in containers, and shows that it holds what
# docs/container.md says. Read by ./dev, whose functions it uses.

readonly IMAGE_TAG=consent-service:dev
readonly IMAGE_POSTGRES=postgres:15 IMAGE_REDIS=redis:7.0
readonly IMAGE_STARTS=3 IMAGE_DRAIN_MS=10000 IMAGE_LIMIT_S=60
readonly IMAGE_NAME="consent-image-$$" IMAGE_STATE="$STATE/image"

prove_image() {
  [[ $# -eq 0 ]] || refuse "image takes nothing, and was given '$*'"
  command -v docker >/dev/null || refuse 'image needs a container engine, and there is no docker command here'
  docker version >/dev/null 2>&1 || refuse "image needs a container engine, and none answers${DOCKER_HOST:+ at $DOCKER_HOST}"
  require_dotnet
  command -v openssl >/dev/null || install_packages openssl
  trap 'stop_all; remove_containers' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  SECONDS=0
  build_image
  build tools/Belong.ConsentService.Dev
  build src/Belong.ConsentService.Cli
  start_stores
  write_credentials
  refuses_without_grants
  migrates
  start_image
  is_not_root
  writes_nowhere
  answers_checks
  tells_its_health
  drains
  say "$IMAGE_TAG holds what docs/container.md says ($SECONDS s)"
}

remove_containers() {
  local names
  mapfile -t names < <(docker ps -aq --filter "name=$IMAGE_NAME")
  [[ ${#names[@]} -eq 0 ]] || docker rm -f "${names[@]}" >/dev/null
  rm -rf "$IMAGE_STATE"
}

# Podman and buildah keep a health check only in images of this format.
build_image() {
  local revision sizes
  revision=$(git rev-parse HEAD 2>/dev/null || printf unknown)
  mkdir -p "$STATE"
  if [[ -n ${CONSENT_IMAGE_BUILD-} ]]; then
    # shellcheck disable=SC2086  # a command with its words
    BUILDAH_FORMAT=docker attend_quietly image $CONSENT_IMAGE_BUILD "$TOP" "$IMAGE_TAG" || fail 'the image does not build'
  else
    attend_quietly image docker build --build-arg "REVISION=$revision" -t "$IMAGE_TAG" "$TOP" || fail 'the image does not build'
  fi
  say "built $IMAGE_TAG after $SECONDS s: $(docker image inspect -f '{{.Size}}' "$IMAGE_TAG" | mebibytes) in all"
  sizes=$(docker history --no-trunc --human=false --format '{{.Size}} {{.CreatedBy}}' "$IMAGE_TAG" | awk '/ENTRYPOINT/ { on = 1 } on && $1 > 0 { print $1; exit }')
  say "  of it the service, above its base image: $(mebibytes <<<"$sizes")"
}

mebibytes() { awk '{ printf "%.1f MiB", $1 / 1048576 }'; }

# Not every engine resolves names of containers: addresses do everywhere.
address_of() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }

start_stores() {
  docker run -d --name "$IMAGE_NAME-postgres" -e POSTGRES_PASSWORD=consent -e POSTGRES_USER=consent -e POSTGRES_DB=consent "$IMAGE_POSTGRES" >/dev/null
  docker run -d --name "$IMAGE_NAME-redis" "$IMAGE_REDIS" >/dev/null
  # Over TCP: while the image makes its database it listens on a socket only.
  until_so 'PostgreSQL does not answer' docker exec "$IMAGE_NAME-postgres" pg_isready -q -h 127.0.0.1 -U consent -d consent
  STORES=(-e "Consent__Postgres__ConnectionString=Host=$(address_of "$IMAGE_NAME-postgres");Database=consent;Username=consent;Password=consent"
    -e "Consent__Redis__Configuration=$(address_of "$IMAGE_NAME-redis")")
}

until_so() {
  local what=$1 deadline=$((SECONDS + IMAGE_LIMIT_S))
  shift
  until ("$@") >/dev/null 2>&1; do
    [[ $SECONDS -lt $deadline ]] || fail "$what within $IMAGE_LIMIT_S s"
    sleep 0.05
  done
}

# What production needs too: a certificate and grants, readable by the user of the image.
write_credentials() {
  mkdir -p "$IMAGE_STATE"
  CONSENT_KEY=$(openssl rand -hex 32)
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=consent -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$IMAGE_STATE/key.pem" -out "$IMAGE_STATE/cert.pem" 2>/dev/null
  cat >"$IMAGE_STATE/grants.json" <<JSON
{"version": 1, "callers": [{"name": "image", "keys_sha256": ["$(printf %s "$CONSENT_KEY" | sha256sum | cut -c1-64)"], "rpcs": ["*"],
  "kinds": ["USE", "CONTRACTOR", "THIRD_PARTY"], "purposes": [1, 2, 3, 4, 5, 6, 7], "vendors": ["*"], "may_record": ["*"]}]}
JSON
  chmod 755 "$IMAGE_STATE"
  chmod 644 "$IMAGE_STATE"/*
  export CONSENT_KEY SSL_CERT_FILE="$IMAGE_STATE/cert.pem"
  CREDENTIALS=(-v "$IMAGE_STATE:/run/consent:ro" -e Consent__Access__GrantsFile=/run/consent/grants.json
    -e Consent__Listen__Tls__CertificateFile=/run/consent/cert.pem -e Consent__Listen__Tls__KeyFile=/run/consent/key.pem)
}

hardened() { docker "$1" --read-only --cap-drop ALL --security-opt no-new-privileges "${@:2}"; }

# The exit code as the engine keeps it: not every one tells docker run of it.
exit_code_of() { docker inspect -f '{{.State.ExitCode}}' "$1"; }

refuses_without_grants() {
  local code said
  said=$(hardened run --name "$IMAGE_NAME-open" "${STORES[@]}" "$IMAGE_TAG" 2>&1) || true
  code=$(exit_code_of "$IMAGE_NAME-open")
  [[ $code -eq 2 && $said == *Consent:Listen:Address* ]] || fail "without grants and TLS it ended with $code and said: $said"
  say 'refuses to listen without grants and TLS'
}

migrates() {
  hardened run --name "$IMAGE_NAME-migrate" "${STORES[@]}" "${CREDENTIALS[@]}" "$IMAGE_TAG" migrate >"$IMAGE_STATE/migrate.log" 2>&1 || true
  [[ $(exit_code_of "$IMAGE_NAME-migrate") -eq 0 ]] || fail "the migration failed: $(<"$IMAGE_STATE/migrate.log")"
  say 'migrated the database by the same image'
}

# From the start of the container until it says that it is ready; killed and started anew in between.
start_image() {
  local started times=() i
  SERVICE="$IMAGE_NAME-service"
  hardened create --name "$SERVICE" "${STORES[@]}" "${CREDENTIALS[@]}" -e Consent__DrainMs="$IMAGE_DRAIN_MS" \
    -p 127.0.0.1::5080 -p 127.0.0.1::5081 "$IMAGE_TAG" >/dev/null
  for ((i = 0; i < IMAGE_STARTS; i++)); do
    [[ $i -eq 0 ]] || docker kill "$SERVICE" >/dev/null
    started=${EPOCHREALTIME/./}
    docker start "$SERVICE" >/dev/null
    PROBES=$(port_of 5081)
    until_so 'the service is not ready' ask_ready "$PROBES"
    times+=("$(awk -v us=$((${EPOCHREALTIME/./} - started)) 'BEGIN { printf "%.1f", us / 1e6 }')")
  done
  say "from docker start to ready: ${times[*]} s, on $(nproc) cores, the warm-up included"
}

port_of() { docker port "$SERVICE" "$1/tcp" | sed -n '1s/.*://p'; }

# Read by a neighbour, as the image has no shell.
is_not_root() {
  local status
  status=$(docker run --rm --name "$IMAGE_NAME-look" --pid "container:$SERVICE" --entrypoint grep "$IMAGE_REDIS" -E '^(Uid|CapEff|NoNewPrivs):' /proc/1/status | tr -s '\t\n' ' ')
  [[ $status == 'Uid: 1654 1654 1654 1654 '*'CapEff: 0000000000000000 '*'NoNewPrivs: 1 '* ]] || fail "its process is not as it should be: $status"
  say "process 1: $status"
}

# Makes the host of .NET write a trace, the only thing in the image that writes where it is told to. Also as root, so that
# it is not the rights on the folder that refuse.
try_to_write() { "$@" dotnet Belong.ConsentService.dll health live 2>&1 | grep -c 'Unable to open' || true; }

writes_nowhere() {
  local folder user trace
  for folder in / /app/; do
    trace=(-e DOTNET_HOST_TRACE=1 -e COREHOST_TRACE=1 -e "DOTNET_HOST_TRACEFILE=${folder}trace" -e "COREHOST_TRACEFILE=${folder}trace")
    for user in 0 1654; do
      [[ $(try_to_write docker exec --user "$user" "${trace[@]}" "$SERVICE") -gt 0 ]] || fail "user $user can write to $folder"
    done
  done
  say 'read-only: neither root nor its own user can write to / and /app'

  # The same without --read-only: it would write, if it wanted to.
  docker run -d --name "$IMAGE_NAME-free" "${STORES[@]}" "${CREDENTIALS[@]}" -p 127.0.0.1::5081 "$IMAGE_TAG" >/dev/null
  until_so 'the service is not ready' ask_ready "$(SERVICE=$IMAGE_NAME-free port_of 5081)"
  [[ $(try_to_write docker exec --user 0 "${trace[@]}" "$IMAGE_NAME-free") -eq 0 ]] || fail 'root cannot write either where it may: the try above shows nothing'
  docker diff "$IMAGE_NAME-free" | grep -q ' /app/trace$' || fail 'docker diff does not tell of what was written'
  trace=$(docker diff "$IMAGE_NAME-free" | grep -vE ' (/app|/app/trace|/etc|/etc/(hosts|hostname|resolv.conf|mtab)|/run|/run/.*|/dev/?.*|/proc|/sys)$' || true)
  [[ -z $trace ]] || fail "where it may write it wrote: $trace"
  docker rm -f "$IMAGE_NAME-free" >/dev/null
  say 'writes nothing where it may'
}

consentctl() { CONSENT_ADDRESS="https://127.0.0.1:$(port_of 5080)" dotnet "$CLI_DLL" "$@"; }

answers_checks() {
  local code=0 said
  attend_quietly seed dotnet "$TOOL_DLL" seed --address "https://127.0.0.1:$(port_of 5080)" --members 100 || fail 'the data could not be recorded'
  said=$(consentctl check use --member M0000001 --purpose 3 --channel postal) || fail "M0000001 should be allowed: $said"
  say "asked over TLS with a key: ${said%%$'\n'*}"
  consentctl record dm-opt-out --member M0000001 --all --actor desk --reason 'asked by phone' >/dev/null || fail 'the opt-out was not recorded'
  said=$(consentctl check use --member M0000001 --purpose 3 --channel postal) || code=$?
  [[ $code -eq 4 && $said == 'DENY  DM_OPTED_OUT'* ]] || fail "after the opt-out: $code, $said"
  say "after an opt-out: ${said%%$'\n'*}"
}

# Some engines leave it to others to run health checks: then its command is run here.
tells_its_health() {
  local said deadline=$((SECONDS + 25))
  until [[ $(docker inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$SERVICE") == healthy ]]; do
    if [[ $SECONDS -ge $deadline ]]; then
      said=$(docker exec "$SERVICE" dotnet Belong.ConsentService.dll health) || fail "its health check says: $said"
      say "health: this engine did not run the check; its command says: $said"
      return
    fi
    sleep 0.5
  done
  say 'health: healthy'
}

drains() {
  local code=0 said
  docker kill --signal TERM "$SERVICE" >/dev/null
  until_so 'it does not say that it stops' eval '! ask_ready "$PROBES"'
  said=$(docker exec "$SERVICE" dotnet Belong.ConsentService.dll health 2>&1) && fail "its health check is good while it stops: $said"
  [[ $said == *stopping* ]] || fail "while it stops its health check says: $said"
  consentctl check use --member M0000001 --purpose 3 --channel postal >/dev/null || code=$?
  [[ $code -eq 4 ]] || fail "while it stops a check ended with $code"
  code=$(timeout "$IMAGE_LIMIT_S" docker wait "$SERVICE") || fail "it has not stopped within $IMAGE_LIMIT_S s"
  [[ $code -eq 0 ]] || fail "it ended with $code after SIGTERM"
  say 'SIGTERM as process 1: says that it stops, answers on, and ends with 0'
}
