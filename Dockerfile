# Portal, gateway and hub as three targets: docker build --target portal --build-arg SDK=… --build-arg RUNTIME=… .
# Recordings are a volume of portal and gateway together, with one group: the gateway writes and the portal only reads.
# SDK: an image with the .NET SDK 10 and Node.js 20 or newer, on Debian 12. RUNTIME: one with ASP.NET Core 10 on Debian 12.
ARG SDK
ARG RUNTIME

FROM ${SDK} AS build
WORKDIR /src
COPY . .
# As deploy/lib/build.sh does it.
ARG AHEAD="--use-current-runtime --self-contained false -p:PublishReadyToRun=true"
RUN dotnet publish portal/Portal.csproj -c Release $AHEAD -o /out/portal \
 && dotnet publish gateway/Gateway/Gateway.csproj -c Release $AHEAD -o /out/gateway \
 && dotnet publish gateway/Hub/Hub.csproj -c Release $AHEAD -o /out/hub

FROM ${RUNTIME} AS portal
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg fonts-dejavu-core && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 1700 sallyport && useradd --system --uid 1701 --gid sallyport sallyport \
 && install -d -o sallyport -m 700 /var/lib/sallyport/keys && install -d -o 1702 -g sallyport -m 2750 /var/lib/sallyport/recordings
COPY --from=build /out/portal /opt/sallyport
USER sallyport
WORKDIR /opt/sallyport
EXPOSE 8080 8443
ENTRYPOINT ["dotnet", "Sallyport.Portal.dll"]

FROM ${RUNTIME} AS gateway
RUN groupadd --system --gid 1700 sallyport && useradd --system --uid 1702 --gid sallyport sallyport-gateway \
 && install -d -o sallyport-gateway -m 700 /var/lib/sallyport/gateway && install -d -o sallyport-gateway -g sallyport -m 2750 /var/lib/sallyport/recordings
COPY --from=build /out/gateway /opt/sallyport
USER sallyport-gateway
WORKDIR /opt/sallyport
EXPOSE 8081
ENTRYPOINT ["dotnet", "Sallyport.Gateway.dll"]

# Needs CAP_NET_ADMIN, and a network namespace of its own, which a container has.
FROM ${RUNTIME} AS hub
RUN apt-get update && apt-get install -y --no-install-recommends conntrack iproute2 nftables wireguard-go wireguard-tools && rm -rf /var/lib/apt/lists/* \
 && install -d -m 700 /var/lib/sallyport/hub
COPY --from=build /out/hub /opt/sallyport
WORKDIR /opt/sallyport
EXPOSE 51820/udp
ENTRYPOINT ["dotnet", "Sallyport.Hub.dll"]
