# Publishes the three programs to $data/app, when a source is newer than what is there.
# shellcheck shell=bash disable=SC2154
. "$here/deploy/lib/publish.sh"

build() {
  local stamp="$data/app/.built"
  if [ -e "$stamp" ] && [ -z "$(find "$here/portal" "$here/gateway" "$here"/Directory.*.props "$here/global.json" "$here/deploy/site" \
      \( -name bin -o -name obj -o -name node_modules -o -path "$here/portal/wwwroot/client" \) -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    echo "       nothing changed since the last build"
    return
  fi
  local staging="$data/app.new"
  rm -rf "$staging"
  local program name log
  log=$(log build)
  : > "$log"
  for program in "${programs[@]}"; do
    name=$(name_of "$program")
    echo "       $name"
    publish "$program" "$staging/$name" >> "$log" 2>&1 || { tail -n 30 "$log" >&2; fail "The build of $name failed; the whole log is in $log."; }
  done
  for name in gateway hub portal; do stop_process "$name"; done
  rm -rf "$data/app"
  mv "$staging" "$data/app"
  chmod -R go+rX "$data/app"
  touch "$stamp"
}
