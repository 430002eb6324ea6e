# The demo plant: hosts behind a real tunnel, enrolled exactly as a plant is. Sourced by deploy/up and deploy/down.
# shellcheck shell=bash disable=SC2154

plant() { PREFIX="$prefix" WAN="$wan" NUMBER=1 DATA="$data/plant" "$here/tests/plant/$1"; }

demo_up() {
  plant up || fail "The demo plant could not be made."
  # The portal makes accounts, plant and assets with the same services as its pages, and leaves the code here.
  install -o sallyport -m 600 "$data/plant/hmi-password" "$data/demo/hmi-password"
  install -o sallyport -m 600 "$data/plant/password" "$data/demo/host-password"
  install -o sallyport -m 600 "$data/plant/vnc-password" "$data/demo/host-vnc-password"
  # Last: the portal waits for it.
  install -o sallyport -m 600 "$data/plant/key" "$data/demo/host-key"
  wait_for 30 "The demo plant's enrollment code" test -e "$data/demo/seeded"
  # Where --endpoint sends real plants, the edge goes too; it has no way out of the bridge.
  [ "${endpoint%:*}" = "$wan.2" ] || ip -n "$prefix-edge1" route replace "${endpoint%:*}" via "$wan.1"
  if [ -s "$data/demo/enrollment-code" ]; then
    local log
    log=$(log enroll)
    # The three commands that the portal shows, inside the edge's namespace.
    ip netns exec "$prefix-edge1" sh -c "cd '$data/plant' && curl -fsS -k --pinnedpubkey 'sha256//$pin' -o enroll '$link_url/enroll/script'" \
      || fail "The edge could not fetch the enrollment script from $link_url."
    ip netns exec "$prefix-edge1" env SALLYPORT_DIR="$data/plant/edge" SALLYPORT_NO_UNIT=1 sh "$data/plant/enroll" "$link_url" "sha256//$pin" < "$data/demo/enrollment-code" > "$log" 2>&1 \
      || { cat "$log" >&2; fail "The demo plant could not be enrolled."; }
    rm -f "$data/demo/enrollment-code"
  else
    # Enrolled before: what its boot would do.
    ip netns exec "$prefix-edge1" "$data/plant/edge/up"
  fi
  wait_for 60 "The demo plant" test -e "$data/demo/ready"
}

demo_down() { [ ! -d "$data/plant" ] || plant down; }

# The account of the demo's hosts, unless another plant on this machine has it.
demo_erase() {
  [ -d "$data/plant" ] && id sallyport-demo >/dev/null 2>&1 || return 0
  ip netns list | grep -E -- '-(edge|panel)[0-9]+( |$)' > /dev/null || userdel --remove sallyport-demo 2>/dev/null || echo "The account sallyport-demo could not be removed; it is locked." >&2
}
