# Publishes the three programs to $data/app, when a source is newer than what is there.
# shellcheck shell=bash disable=SC2154

build() {
  local stamp="$data/app/.built"
  if [ -e "$stamp" ] && [ -z "$(find "$here/portal" "$here/gateway" "$here"/Directory.*.props "$here/global.json" "$here/deploy/site" \
      \( -name bin -o -name obj -o -name node_modules -o -path "$here/portal/wwwroot/client" \) -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    echo "       nothing changed since the last build"
    return
  fi
  local staging="$data/app.new"
  rm -rf "$staging"
  local project log
  log=$(log build)
  : > "$log"
  for project in portal/Portal gateway/Gateway/Gateway gateway/Hub/Hub; do
    local name
    name=$(basename "$project" | tr '[:upper:]' '[:lower:]')
    echo "       $name"
    # Compiled ahead: it starts sooner, and code that the runtime need not compile takes no memory of the process's own.
    dotnet publish "$here/$project.csproj" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true \
      -o "$staging/$name" --nologo -v quiet >> "$log" 2>&1 \
      || { tail -n 30 "$log" >&2; fail "The build of $name failed; the whole log is in $log."; }
  done
  for project in gateway hub portal; do stop_process "$project"; done
  rm -rf "$data/app"
  mv "$staging" "$data/app"
  chmod -R go+rX "$data/app"
  touch "$stamp"
}
