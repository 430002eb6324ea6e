# Where portal and gateway listen, from the addresses that browsers reach them by. Sourced by deploy/up.
# shellcheck shell=bash disable=SC2154

# addresses: the ports on this machine, from the settings; refuses what cannot come up together.
addresses() {
  local address file
  for address in "$url" "$gateway_url" ${web_url:+"$web_url"} ${public_link:+"$public_link"}; do
    [[ $address =~ ^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$ ]] || fail "$address is not an address such as https://portal.example.com or https://portal.example.com:8443, without a path."
    case $address in https://*|http://localhost|http://localhost:*|http://127.0.0.1|http://127.0.0.1:*) ;; *) fail "$address must be https: plain http is for localhost only." ;; esac
    [ "$proxied" = yes ] || [[ $address = http:* ]] || [ "$address" = "$public_link" ] || { [ -n "${SALLYPORT_CERT:-}" ] && [ -n "${SALLYPORT_KEY:-}" ]; } || fail "$address is https: give --cert and --key, or --proxied when a reverse proxy on this machine has them."
  done
  [ "$proxied" = yes ] || for file in ${SALLYPORT_CERT:+"$SALLYPORT_CERT"} ${SALLYPORT_KEY:+"$SALLYPORT_KEY"}; do
    [ -f "$file" ] && [ -r "$file" ] || fail "$file is not a file that can be read."
  done
  [[ -z $public_link || $public_link = https:* ]] || fail "--link $public_link must be https: plants enroll there."
  # What the edge's enrollment takes; a name could come to mean another machine.
  [[ $endpoint =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}:[0-9]{1,5}$ ]] || fail "--endpoint $endpoint must be an IPv4 address and a port, such as 203.0.113.5:51820."
  separate_names

  portal_port=$(port_of "$url") gateway_port=$(port_of "$gateway_url") web_port=$(port_of "${web_url:-$gateway_url}")
  if [ "$proxied" = yes ]; then portal_port=8080 gateway_port=8081 web_port=8081; fi
  local way="Give one of them another port (--gateway https://NAME:8444), or put a reverse proxy in front (--proxied)."
  [ "$portal_port" != "$gateway_port" ] || fail "Portal and gateway would both listen on port $portal_port of this machine. $way"
  [ "$portal_port" != "$web_port" ] || fail "Portal and web HMIs would both listen on port $portal_port of this machine. $way"
  [ "$link_port" != "$portal_port" ] && [ "$link_port" != "$gateway_port" ] && [ "$link_port" != "$web_port" ] || fail "Port $link_port is the link's, where plants, hub and gateway reach the portal: take another for --url, --gateway or --web, or --link https://NAME:PORT."
}

# separate_names: refuses names between which browsers would share what is the portal's alone. Cookies know hosts and no ports, so a gateway on the
# portal's name would be sent everybody's session; and a web HMI's pages are the asset's, which must not be of the portal's site. On localhost,
# where only this machine's own people come, portal and gateway have a port each, and browsers take every {id}.localhost for a site of its own.
separate_names() {
  local portal gateway web
  portal=$(host_of "$url") gateway=$(host_of "$gateway_url") web=$(host_of "${web_url:-}")
  if ! this_machine "$portal" || ! this_machine "$gateway"; then
    [ "$portal" != "$gateway" ] || fail "Portal and gateway need a name each: browsers send the portal's cookies to every port of $portal, so whoever took over the gateway would have everybody's session. Give the gateway one of its own, such as --gateway https://gateway.example.com:8444; both may lead to this machine."
  fi
  [ "$url" != "$gateway_url" ] || fail "Portal and gateway cannot both be $url: give --gateway another port."
  [ -n "$web" ] && ! this_machine "$web" || return 0
  [ "$web" != "$gateway" ] || fail "Web HMIs need a domain that nothing else is at, not the gateway's name $gateway: --web https://web.example.net"
  [ "$(site_of "$web")" != "$(site_of "$portal")" ] || fail "Web HMIs at $web would be of one site with the portal at $portal, and their pages are the assets'. Give them a domain that is registered apart, such as --web https://plant-hmi.example for a portal at https://portal.example.com."
}

host_of() { # URL: its host, in small letters
  local host=${1#*://}
  [[ $host = \[* ]] && host=${host%%]*}] || host=${host%%:*}
  printf %s "${host,,}"
}

this_machine() { [[ $1 =~ ^(localhost|.*\.localhost|127\.[0-9.]+|\[::1\])$ ]]; }

# site_of HOST: what browsers take for its site, as near as one can say without the Public Suffix List: the last two names, or three where the last
# two are like co.uk. Domains that let others register below a third name look like one site here; that errs towards refusing.
site_of() {
  if [[ $1 =~ ^[0-9.]+$|^\[ ]]; then
    printf %s "$1"
  elif [[ $1 =~ ([^.]+\.)(ac|co|com|edu|gov|go|ne|net|or|org)\.[a-z]{2}$ ]] || [[ $1 =~ [^.]+\.[^.]+$ ]]; then
    printf %s "${BASH_REMATCH[0]}"
  else
    printf %s "$1"
  fi
}

# certificate SERVICE USER: its own copy for each, since the key may stay root's and the two have no group in common. A new one needs a new start.
certificate() {
  [[ $proxied = no && $url$gateway_url$web_url = *https:* ]] || return 0
  local folder="$data/tls/$1"
  [ "$(openssl x509 -in "$SALLYPORT_CERT" -noout -pubkey)" = "$(openssl pkey -in "$SALLYPORT_KEY" -pubout)" ] || fail "--key $SALLYPORT_KEY and --cert $SALLYPORT_CERT are not PEM files of one key."
  ! { cmp -s "$SALLYPORT_CERT" "$folder/cert.pem" && cmp -s "$SALLYPORT_KEY" "$folder/key.pem"; } || return 0
  stop_process "$1"
  install -d -m 711 "$data/tls"
  install -d -o "$2" -m 500 "$folder"
  install -o "$2" -m 400 "$SALLYPORT_CERT" "$folder/cert.pem"
  install -o "$2" -m 400 "$SALLYPORT_KEY" "$folder/key.pem"
}

listen() { # SERVICE NAME URL PORT: the Kestrel endpoint behind a public URL, as environment assignments
  local endpoint="Kestrel__Endpoints__$2__"
  if [ "$proxied" = yes ]; then
    printf '%s\n' "${endpoint}Url=http://127.0.0.1:$4" Proxies__Trusted__0=127.0.0.1 Proxies__Trusted__1=::1
  elif [[ $3 = https:* ]]; then
    printf '%s\n' "${endpoint}Url=https://*:$4" "${endpoint}Certificate__Path=$data/tls/$1/cert.pem" "${endpoint}Certificate__KeyPath=$data/tls/$1/key.pem"
  else
    printf '%s\n' "${endpoint}Url=http://127.0.0.1:$4"
  fi
}

# reached URL PORT PATH: whether what listens there answers, whatever name and certificate it has outside.
reached() {
  local from=$1
  [ "$proxied" = no ] || from="http://127.0.0.1:$2"
  curl -fsSk --noproxy '*' -o /dev/null --connect-to "::127.0.0.1:" "$from$3"
}

# confined USER PORT…: the words before a command that take every right from it, but the one to listen on a low port where it has one.
confined() {
  local user=$1 rights=-all port
  shift
  for port in "$@"; do
    [ "$port" -ge 1024 ] || rights=-all,+net_bind_service
  done
  printf '%s\n' setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --inh-caps="$rights" --ambient-caps="$rights" --bounding-set="$rights"
}
