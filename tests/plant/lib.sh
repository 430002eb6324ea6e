# What the hosts of a plant share. Sourced by tests/plant/up through the files in hosts/.
# shellcheck shell=bash disable=SC2154

# lan_host NAME LAST_BYTE: a namespace on the plant's LAN, without a default route; reachable only through the edge.
lan_host() {
  local namespace="$PREFIX-$1$NUMBER"
  if ! ip netns list | grep -q "^$namespace\b"; then
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    ip -n "$edge" link add "to-$1" type veth peer name lan netns "$namespace"
    ip -n "$edge" link set "to-$1" master lan up
    ip -n "$namespace" addr add "$LAN.$2/24" dev lan
    ip -n "$namespace" link set lan up
  fi
}

# runs_in NAMESPACE FOLDER: the process that left its pid there lives; after a reboot the pid may be anybody's, but in no namespace of ours.
runs_in() { [ -s "$2/pid" ] && [ "$(ip netns identify "$(cat "$2/pid")" 2>/dev/null)" = "$1" ]; }

# maintenance_account: the one account of all hosts that have an sshd; its password and key exist only in $DATA.
maintenance_account() {
  id sallyport-demo >/dev/null 2>&1 || useradd --system --create-home --home-dir /var/lib/sallyport-demo --shell /bin/bash sallyport-demo
  [ -s "$DATA/password" ] || { tr -dc a-z0-9 < /dev/urandom | head -c 20 || true; } > "$DATA/password"
  [ -s "$DATA/key" ] || ssh-keygen -q -t ed25519 -N '' -C demo -f "$DATA/key"
  printf 'sallyport-demo:%s' "$(cat "$DATA/password")" | chpasswd
  usermod --shell /bin/bash sallyport-demo 2>/dev/null
  mkdir -p "$DATA/authorized" /run/sshd
  cp "$DATA/key.pub" "$DATA/authorized/sallyport-demo"
  chmod 755 "$DATA" "$DATA/authorized" /run/sshd
  chmod 644 "$DATA/authorized/sallyport-demo"
}

# run_sshd NAMESPACE HOSTNAME: a real sshd of its own, with its own host key and a name in the prompt.
run_sshd() {
  local namespace=$1 name=$2 folder="$DATA/$1"
  ! runs_in "$namespace" "$folder" || return 0
  mkdir -p "$folder"
  [ -s "$folder/host_key" ] || ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$folder/host_key"
  cat > "$folder/config" <<CONFIG
Port 22
HostKey $folder/host_key
PidFile $folder/sshd.pid
AllowUsers sallyport-demo
AuthorizedKeysFile $DATA/authorized/%u
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
PrintMotd no
PrintLastLog no
StrictModes no
MaxStartups 200
Banner none
SetEnv SALLYPORT_HOST=$name LANG=C.UTF-8
Subsystem sftp internal-sftp
CONFIG
  # Its own name for the prompt, without touching this machine's.
  ip netns exec "$namespace" setsid -f unshare --uts sh -c "hostname $name; echo \$\$ > '$folder/pid'; exec /usr/sbin/sshd -D -e -f '$folder/config'" >> "$folder/log" 2>&1 < /dev/null
  for _ in $(seq 50); do
    [ -s "$folder/sshd.pid" ] && return
    sleep 0.05
  done
  echo "The sshd of $name did not start:" >&2
  cat "$folder/log" >&2
  return 1
}
