# Publishes a program as it is installed. Sourced by deploy/lib/build.sh and deploy/release.
# shellcheck shell=bash disable=SC2034,SC2154

programs=(portal/Portal gateway/Gateway/Gateway gateway/Hub/Hub)

# Its short name: portal, gateway, hub.
name_of() { basename "$1" | tr '[:upper:]' '[:lower:]'; }

# publish PROGRAM FOLDER [OPTION…]. Compiled ahead: it starts sooner, and code that the runtime need not compile takes no memory of the process's own.
publish() {
  local program=$1 folder=$2
  shift 2
  dotnet publish "$here/$program.csproj" -c Release --use-current-runtime --self-contained false -p:PublishReadyToRun=true \
    -o "$folder" --nologo -v quiet "$@"
}
