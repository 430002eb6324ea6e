# The hub's network namespace. It has three legs: "wan", where plants dial in; "gw", where gateways stand; and the
# tunnel, which the hub itself makes. Outside, on this machine, are portal and gateway.
#
#     this machine  ── $wan.0/24 (bridge: plants dial in, link port)  ── wan  [$prefix-hub]
#                   ── $inner.0/30 (gateway side)                     ── gw   [$prefix-hub] ══ wg0 ══▶ plants
#
# A path is open for an address, which every process of this machine shares with the gateway; path_rules leaves it to the gateway's user.
# shellcheck shell=bash disable=SC2154

# path_rules LINK: only the gateway's user can begin a connection towards the hub, and nothing is routed there from elsewhere.
# A first packet shows whose it is; later ones need not: without that first one there are none, and one that the kernel sends
# for a socket that is closed already (FIN) is nobody's.
path_rules() {
  system_user sallyport-gateway
  nft -f - <<NFT
table inet ${prefix}_paths
delete table inet ${prefix}_paths
table inet ${prefix}_paths {
  chain output {
    type filter hook output priority filter; policy accept;
    oifname != "$1" accept
    ip protocol tcp meta skuid $(id -u sallyport-gateway) accept
    ip protocol tcp tcp flags & syn == 0 accept
    reject with icmpx admin-prohibited
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    oifname "$1" drop
    iifname "$1" drop
  }
}
NFT
}

network_up() {
  local hub="$prefix-hub" bridge="$prefix-wan" gateway_side="$prefix-gw"
  [ ${#bridge} -le 15 ] || fail "SALLYPORT_PREFIX is too long: a link's name has at most 15 letters."

  local other
  other=$(ip route show "$overlay" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
  [ -z "$other" ] || [ "$other" = "$gateway_side" ] || fail "Another installation on this machine has the overlay's route (by $other). Stop it first: deploy/down."

  ip link show "$bridge" >/dev/null 2>&1 || ip link add "$bridge" type bridge
  # Else it would take another hardware address with each plant that is added, and the hub would lose the portal for half a minute.
  ip link set "$bridge" address "$(cat "/sys/class/net/$bridge/address")"
  ip addr replace "$wan.1/24" dev "$bridge"
  ip link set "$bridge" up

  if ! ip netns list | grep -q "^$hub\b"; then
    ip netns add "$hub"
    ip -n "$hub" link set lo up
    ip link add "${prefix}-hubw" type veth peer name wan netns "$hub"
    ip link set "${prefix}-hubw" master "$bridge" up
    ip -n "$hub" addr add "$wan.2/24" dev wan
    ip -n "$hub" link set wan up
    ip link add "$gateway_side" type veth peer name gw netns "$hub"
    ip addr add "$inner.1/30" dev "$gateway_side"
    ip link set "$gateway_side" up
    ip -n "$hub" addr add "$inner.2/30" dev gw
    ip -n "$hub" link set gw up
    ip netns exec "$hub" sysctl -qw net.ipv4.ip_forward=1
  fi
  path_rules "$gateway_side"
  ip route replace "$overlay" via "$inner.2" dev "$gateway_side"

  # From outside, plants reach the hub's UDP port through this machine's own address.
  if [ -n "${SALLYPORT_ENDPOINT:-}" ]; then
    # In /run, which like the setting itself does not outlive a boot.
    [ "$(sysctl -n net.ipv4.ip_forward)" = 1 ] || : > "/run/$prefix-forwards"
    sysctl -qw net.ipv4.ip_forward=1
    ip -n "$hub" route replace default via "$wan.1"
    nft -f - <<NFT
table ip $prefix
delete table ip $prefix
table ip $prefix {
  chain dial_in { type nat hook prerouting priority dstnat; fib daddr type local udp dport ${SALLYPORT_ENDPOINT##*:} dnat to $wan.2:51820; }
  chain answer { type nat hook postrouting priority srcnat; ip saddr $wan.2 oifname != "$bridge" masquerade; }
}
NFT
  fi
}

network_down() {
  ip netns pids "$prefix-hub" 2>/dev/null | xargs -r kill 2>/dev/null || true
  ip netns del "$prefix-hub" 2>/dev/null || true
  ip link del "$prefix-wan" 2>/dev/null || true
  ip link del "$prefix-gw" 2>/dev/null || true
  nft delete table ip "$prefix" 2>/dev/null || true
  nft delete table inet "${prefix}_paths" 2>/dev/null || true
  if [ -e "/run/$prefix-forwards" ]; then
    sysctl -qw net.ipv4.ip_forward=0
    rm -f "/run/$prefix-forwards"
  fi
}
