# Settings and process handling that deploy/up and deploy/down share. Sourced by them.
# shellcheck shell=bash disable=SC2034

usage() { printf '%s\n' "$*" >&2; exit 2; }
# value OPTION VALUE: the word after an option that needs one.
value() { [ $# -ge 2 ] && [ -n "$2" ] || usage "$1 needs a value. See --help."; printf '%s' "$2"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }
started=$SECONDS
step() { printf '[%3ds] %s\n' "$((SECONDS - started))" "$*"; }

port_of() { # URL
  if [[ $1 =~ :([0-9]+)$ ]]; then printf '%s' "${BASH_REMATCH[1]}"
  elif [[ $1 = http:* ]]; then printf 80
  else printf 443; fi
}

settings() {
  # Programs are started elsewhere, so no path may hang on where this is.
  data=$(realpath -m -- "${SALLYPORT_DATA:-/var/lib/sallyport}")
  [[ $data =~ ^/[A-Za-z0-9/._-]+$ ]] || usage "The data folder $data must be a path of letters, digits and / . _ - alone."
  [ -z "${SALLYPORT_CERT:-}" ] || SALLYPORT_CERT=$(realpath -m -- "$SALLYPORT_CERT")
  [ -z "${SALLYPORT_KEY:-}" ] || SALLYPORT_KEY=$(realpath -m -- "$SALLYPORT_KEY")
  url=${SALLYPORT_URL:-http://localhost:8080} url=${url%/}
  gateway_url=${SALLYPORT_GATEWAY:-http://localhost:8081} gateway_url=${gateway_url%/}
  proxied=${SALLYPORT_PROXIED:-no}
  # A name of one label has names below it for browsers, and no certificate to ask for.
  web_url=${SALLYPORT_WEB:-} web_url=${web_url%/}
  case $gateway_url in http://localhost:*|http://127.0.0.1:*) web_url=${web_url:-http://localhost:${gateway_url##*:}} ;; esac
  # Names of namespaces and links, and the networks between them; another installation on this machine takes others.
  prefix=${SALLYPORT_PREFIX:-sallyport}
  wan=${SALLYPORT_WAN:-198.51.100}
  inner=${SALLYPORT_INNER:-10.213.0}
  overlay=${SALLYPORT_OVERLAY:-100.64.0.0/10}
  # Hub, gateway and the demo plant reach the link on the bridge; real plants, where it is said to be.
  public_link=${SALLYPORT_LINK:-} public_link=${public_link%/}
  link_port=${SALLYPORT_LINK_PORT:-$([ -z "$public_link" ] && echo 8443 || port_of "$public_link")}
  link_url="https://$wan.1:$link_port"
  endpoint=${SALLYPORT_ENDPOINT:-$wan.2:51820}
  # The gateway stands outside the hub's namespace; so its leg is the address that paths start from.
  gateway_leg="$inner.1"
}

require_toolchain() {
  local sdks
  command -v dotnet >/dev/null || fail "The .NET SDK 10 is missing. Install it first (README.md, Try it)."
  sdks=$'\n'$(dotnet --list-sdks)
  [[ $sdks == *$'\n'10.* ]] || fail "The .NET SDK 10 is missing; found: ${sdks//$'\n'/ }"
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js (20 or newer, with npm) is missing. Install it first (README.md, Try it)."
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js 20 or newer is needed; found $(node --version)."
}

require_machine() {
  [ "$(id -u)" -eq 0 ] || fail "deploy/up makes network namespaces, system users and a database: run it as root."
  command -v apt-get >/dev/null || fail "This is not Debian: deploy/up installs what it needs by apt-get. See README.md for what that is."
  require_toolchain
  [ -c /dev/net/tun ] || modprobe tun 2>/dev/null || [ -c /dev/net/tun ] || fail "There is no /dev/net/tun: this kernel or container cannot make tunnels."
  umask 022
  [ -d "$data" ] || install -d -m 711 "$data"
  install -d -m 711 "$data/run" "$data/log"
}

# log NAME: a log's path. The portal's holds the first-run code, so none is for everybody.
log() {
  local file="$data/log/$1.log"
  [ -e "$file" ] || install -m 640 /dev/null "$file"
  chmod 640 "$file"
  printf '%s' "$file"
}

system_user() { # name
  id "$1" >/dev/null 2>&1 || useradd --system --no-create-home --home-dir "$data" --shell /usr/sbin/nologin "$1"
}

# A pid alone says little: after a reboot it may be anybody's. Each service stands in its own folder.
running() { # service
  local pid folder
  pid=$(cat "$data/run/$1.pid" 2>/dev/null) && [ -n "$pid" ] && folder=$(readlink "/proc/$pid/cwd") && [ "${folder% (deleted)}" = "$data/app/$1" ]
}

# start_process SERVICE COMMAND…: in its own session, its output appended to the log, its pid kept.
start_process() {
  local service=$1
  shift
  # shellcheck disable=SC2016 # the inner shell expands it
  setsid -f sh -c 'echo $$ > "$0"; exec "$@"' "$data/run/$service.pid" "$@" >> "$(log "$service")" 2>&1 < /dev/null
}

stop_process() { # service
  running "$1" || { rm -f "$data/run/$1.pid"; return 0; }
  local pid
  pid=$(cat "$data/run/$1.pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do
    running "$1" || break
    sleep 0.1
  done
  ! running "$1" || kill -9 "$pid" 2>/dev/null || true
  rm -f "$data/run/$1.pid"
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
  local seconds=$1 what=$2
  shift 2
  local end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "$what did not come up within $seconds s. Look at the logs in $data/log."
    sleep 0.2
  done
}
