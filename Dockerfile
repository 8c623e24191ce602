# The service as an image: docs/container.md tells how it is built, tried and run.
# Another registry, or a digest, by --build-arg. The SDK must be one with glibc: protoc of Grpc.Tools needs it.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble
# Chiseled: no shell and no package manager, so that little can be attacked; no ICU, which the service does without.
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source
# Restored by what the projects and their lock files say alone: a change of code leaves this layer as it is.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/Belong.ConsentService.Rules/*.csproj src/Belong.ConsentService.Rules/packages.lock.json src/Belong.ConsentService.Rules/
COPY src/Belong.ConsentService.Contract/*.csproj src/Belong.ConsentService.Contract/packages.lock.json src/Belong.ConsentService.Contract/
COPY src/Belong.ConsentService/*.csproj src/Belong.ConsentService/packages.lock.json src/Belong.ConsentService/
# Both secrets are optional: a NuGet.Config for a feed of the company, and the roots that it is to be trusted by.
RUN --mount=type=secret,id=nuget --mount=type=secret,id=roots \
    if [ -s /run/secrets/roots ]; then export SSL_CERT_FILE=/run/secrets/roots; fi; \
    if [ -s /run/secrets/nuget ]; then set -- --configfile /run/secrets/nuget; fi; \
    dotnet restore src/Belong.ConsentService --locked-mode "$@"

COPY .editorconfig ./
COPY protos protos
COPY spec/reasons.json spec/
COPY docs/openapi.json docs/
COPY src/Belong.ConsentService.Rules src/Belong.ConsentService.Rules
COPY src/Belong.ConsentService.Contract src/Belong.ConsentService.Contract
COPY src/Belong.ConsentService src/Belong.ConsentService
ARG VERSION=0.0.0
ARG REVISION=unknown
RUN dotnet publish src/Belong.ConsentService -c Release --no-restore -o /app --tl:off -p:UseAppHost=false \
    -p:ContinuousIntegrationBuild=true -p:Version="$VERSION" -p:SourceRevisionId="$REVISION"

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Belong.ConsentService" \
      org.opencontainers.image.description="Answers whether a member may be used for a purpose or shared with a vendor" \
      org.opencontainers.image.vendor="株式会社 Belong" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
WORKDIR /app
COPY --from=build /app ./
# Nothing is written: the runtime leaves out its pipes in /tmp. Loopback would not be reached from outside, and beyond it
# the service starts only with grants and TLS. Its ports are its own settings, not those of ASP.NET.
ENV DOTNET_EnableDiagnostics=0 \
    ASPNETCORE_HTTP_PORTS= \
    Consent__Listen__Address=0.0.0.0
# gRPC; metrics and probes.
EXPOSE 5080 5081
# By number, so that runAsNonRoot can be checked; the base images name it.
USER $APP_UID
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["dotnet", "Belong.ConsentService.dll", "health"]
ENTRYPOINT ["dotnet", "Belong.ConsentService.dll"]
