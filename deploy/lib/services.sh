# Starts portal, hub and gateway, each as its own user with what it may do and no more.
# shellcheck shell=bash disable=SC2154

link_certificate() {
  # Plants, hub and gateway know the portal by this key: the enrollment commands carry its pin.
  local tls="$data/link-tls"
  mkdir -p "$tls"
  [ -e "$tls/cert.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Sallyport link" \
    -addext "subjectAltName=IP:$wan.1" -keyout "$tls/key.pem" -out "$tls/cert.pem" 2>/dev/null
  chown -R sallyport "$tls"
  chmod 700 "$tls"
  pin=$(openssl x509 -in "$tls/cert.pem" -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
}

portal_environment() {
  listen portal Public "$url" "$portal_port"
  # Plants from outside come by this machine's own addresses.
  printf '%s\n' \
    "Kestrel__Endpoints__Link__Url=https://$([ -n "$public_link" ] && echo '*' || echo "$wan.1"):$link_port" \
    "Kestrel__Endpoints__Link__Certificate__Path=$data/link-tls/cert.pem" \
    "Kestrel__Endpoints__Link__Certificate__KeyPath=$data/link-tls/key.pem" \
    "Portal__PublicUrl=$url" \
    "Portal__LinkUrl=${public_link:-$link_url}" \
    "Portal__LinkPin=$pin" \
    "Portal__Database=Host=$data/postgres/socket;Database=sallyport;Username=sallyport_portal;Maximum Pool Size=40" \
    "Portal__KeyFolder=$data/keys" \
    "Portal__RecordingStore=$data/recordings" \
    "Video__Folder=$data/videos"
  [ "${demo:-no}" = no ] || printf '%s\n' "Demo__Folder=$data/demo"
}

# keep SERVICE: its settings, from stdin. When they have changed it is stopped, to start with the new ones.
keep() {
  local file="$data/run/$1.env"
  (umask 077 && cat > "$file.new")
  cmp -s "$file.new" "$file" || stop_process "$1"
  mv "$file.new" "$file"
}

# as_portal COMMAND…: the portal's program with the settings that it runs with, as its user.
as_portal() {
  local environment confined
  mapfile -t environment < "$data/run/portal.env"
  mapfile -t confined < <(confined sallyport)
  env -i PATH="$PATH" HOME="$data" DOTNET_ROOT="${DOTNET_ROOT:-}" DOTNET_gcServer=0 DOTNET_CONTENTROOT="$data/app/portal" "${environment[@]}" "${confined[@]}" \
    dotnet "$data/app/portal/Sallyport.Portal.dll" "$@"
}

portal_up() {
  system_user sallyport
  system_user sallyport-gateway
  mkdir -p "$data/keys" "$data/recordings" "$data/videos" "$data/demo"
  chown sallyport:sallyport "$data/keys" "$data/videos" "$data/demo"
  chmod 700 "$data/keys" "$data/videos" "$data/demo"
  # The gateway writes recordings; the portal only reads them.
  chown sallyport-gateway:sallyport "$data/recordings"
  chmod 2750 "$data/recordings"
  link_certificate
  certificate portal sallyport
  portal_environment | keep portal
  running portal && return
  local environment confined
  mapfile -t environment < "$data/run/portal.env"
  mapfile -t confined < <(confined sallyport "$portal_port" "$link_port")
  start_process portal env -i PATH="$PATH" HOME="$data" DOTNET_ROOT="${DOTNET_ROOT:-}" DOTNET_gcServer=0 "${environment[@]}" "${confined[@]}" \
    sh -c "cd '$data/app/portal' && exec dotnet Sallyport.Portal.dll"
  wait_for 60 "The portal" reached "$url" "$portal_port" /health/ready
}

gateway_environment() {
  listen gateway Public "$gateway_url" "$gateway_port"
  [ "$web_port" = "$gateway_port" ] || listen gateway Web "$web_url" "$web_port"
  [ -z "$web_url" ] || printf '%s\n' "Gateway__Web__Origin=$web_url"
  printf '%s\n' \
    "Gateway__PortalUrl=$link_url" \
    "Gateway__PortalCertificatePin=$pin" \
    "Gateway__Url=$gateway_url" \
    "Gateway__OverlayAddress=$gateway_leg" \
    "Gateway__DataFolder=$data/gateway" \
    "Gateway__RecordingStore=$data/recordings"
}

hub_environment() {
  printf '%s\n' \
    "Hub__PortalUrl=$link_url" \
    "Hub__PortalCertificatePin=$pin" \
    "Hub__DataFolder=$data/hub" \
    "Hub__Interface=wg0" \
    "Hub__ListenPort=51820" \
    "Hub__Endpoint=$endpoint" \
    "Hub__GatewayInterface=gw" \
    "ASPNETCORE_URLS=http://127.0.0.1:8082"
}

# component_up gateway|hub: enrolls it at its first start with a one-time code, as anyone would enroll one by hand.
component_up() {
  local kind=$1 code environment confined
  [ "$kind" != gateway ] || certificate gateway sallyport-gateway
  "${kind}_environment" | keep "$kind"
  running "$kind" && return
  mkdir -p "$data/$kind"
  chmod 700 "$data/$kind"
  if [ ! -e "$data/$kind/component.json" ]; then
    code=$(as_portal component add --kind "$kind" --name "$kind" 2>> "$data/log/portal.log" | tail -n 1) || fail "The portal gave no enrollment code for the $kind; see $data/log/portal.log."
    # In a file of its own user alone, which the component deletes: everybody on the machine can read the arguments of a process.
    (umask 077 && printf '%s\n' "$code" > "$data/$kind/enrollment-code")
  fi
  mapfile -t environment < "$data/run/$kind.env"
  case $kind in
    gateway)
      chown -R sallyport-gateway "$data/gateway"
      mapfile -t confined < <(confined sallyport-gateway "$gateway_port" "$web_port")
      start_process gateway env -i PATH="$PATH" HOME="$data" DOTNET_ROOT="${DOTNET_ROOT:-}" DOTNET_gcServer=0 "${environment[@]}" "${confined[@]}" \
        sh -c "cd '$data/app/gateway' && umask 027 && exec dotnet Sallyport.Gateway.dll"
      wait_for 60 "The gateway" reached "$gateway_url" "$gateway_port" /health/ready
      ;;
    hub)
      start_process hub ip netns exec "$prefix-hub" env -i PATH="$PATH" HOME="$data" DOTNET_ROOT="${DOTNET_ROOT:-}" DOTNET_gcServer=0 "${environment[@]}" \
        setpriv --bounding-set=-all,+net_admin,+net_raw --inh-caps=-all,+net_admin,+net_raw --no-new-privs \
        sh -c "cd '$data/app/hub' && exec dotnet Sallyport.Hub.dll"
      wait_for 60 "The hub" test -e "$data/hub/component.json"
      ;;
  esac
}

summary() {
  printf '\nSallyport is up after %d s.\n\n  Portal   %s\n' "$((SECONDS - started))" "$url"
  # It is its own OpenID provider, and asks it there.
  local why
  why=$(curl -fsS -o /dev/null "$url/health/live" 2>&1) || printf '\n  Nobody can sign in yet: this machine itself must reach %s and trust its certificate.\n  %s\n' "$url" "${why%%$'\n'*}"
  if [ "$demo" = yes ]; then
    printf '\n  Sign in as one of these (demo accounts, made for this installation):\n\n'
    sed 's/^/    /' "$data/demo/accounts.txt"
  elif code=$(grep -o 'first-run code: .*' "$data/log/portal.log" | tail -n 1) && [ -n "$code" ] && reached "$url" "$portal_port" /first-run; then
    printf '\n  Make the first admin at %s/first-run with the one-time code from the log:\n\n    %s\n' "$url" "${code#first-run code: }"
  fi
  if [ -z "$public_link" ] || [ -z "${SALLYPORT_ENDPOINT:-}" ]; then
    printf '\n  Plants   only on this machine: real ones need --link and --endpoint, see deploy/up --help\n'
  else
    printf '\n  Plants   enroll at %s and dial in at %s by UDP\n' "$public_link" "$endpoint"
  fi
  printf '\n  Data     %s\n  Logs     %s\n  Stop     deploy/down%s\n' "$data" "$data/log" "$([ "$data" = /var/lib/sallyport ] || echo " --data $data")"
}
