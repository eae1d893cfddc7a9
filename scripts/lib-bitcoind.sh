# Finds bitcoind and bitcoin-cli for the scripts of those names. Sourced by bash scripts.
#
# Search order:
#   1. the environment: BITCOIND (a path), BITCOIN_CLI (a path; else bitcoin-cli beside BITCOIND);
#   2. PATH;
#   3. Debian's bitcoin-knots (a Bitcoin Core derivative), downloaded once with apt and unpacked into
#      ${XDG_CACHE_HOME:-$HOME/.cache}/java-teos/bitcoin-knots. Nothing is installed, so no root is
#      needed, and the machine's apt state is not changed.

source "$(dirname -- "${BASH_SOURCE[0]}")/lib-apt.sh"

# The Debian release that has bitcoin-knots.
readonly KNOTS_SUITE=forky

# bitcoin_exec PROGRAM ARGS...: replaces this process by PROGRAM, which keeps the pid. With the single
# argument --java-teos-print-command, prints the words of the command instead, one per line.
bitcoin_exec() {
  local program=$1
  shift
  local -a command=()
  find_command "$program"
  if [[ ${1-} == --java-teos-print-command ]]; then
    printf '%s\n' "${command[@]}"
  else
    exec "${command[@]}" "$@"
  fi
}

# Sets the caller's array `command`.
find_command() {
  local program=$1 path
  path=$(configured_path "$program") || exit
  if [[ -n $path ]]; then
    [[ -f $path && -x $path ]] || die "$path is not an executable file"
    command=("$path")
  elif path=$(path_on_path "$program"); then
    command=("$path")
  else
    unpacked_command "$program"
  fi
}

configured_path() {
  case $1 in
    bitcoind) printf '%s' "${BITCOIND-}" ;;
    bitcoin-cli)
      if [[ -n ${BITCOIN_CLI-} ]]; then
        printf '%s' "$BITCOIN_CLI"
      elif [[ -n ${BITCOIND-} && -x $(dirname -- "$BITCOIND")/bitcoin-cli ]]; then
        printf '%s' "$(dirname -- "$BITCOIND")/bitcoin-cli"
      fi ;;
  esac
}

# Sets the caller's array `command` to start PROGRAM from the cache folder, which is filled first if
# necessary. The programs are started by the dynamic loader that was unpacked with them, because the
# machine's own C library may be older than the one they were built for.
unpacked_command() {
  local cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/java-teos
  local root=$cache/bitcoin-knots
  # The folder is renamed to its name once it is complete, so its existence is enough.
  [[ -d $root ]] || fetch_knots "$cache" "$root"
  local program=$root/usr/bin/$1
  [[ -x $program ]] || die "$program is missing: delete $root to download it again"
  local loaders=("$root"/usr/lib/*/ld-linux*.so.* "$root"/lib*/ld-linux*.so.*)
  local loader
  for loader in "${loaders[@]}"; do
    [[ -x $loader ]] || continue
    local libraries
    libraries=$(dirname -- "$(compgen -G "$root/usr/lib/*/libc.so.6")")
    command=("$loader" --library-path "$libraries" "$program")
    return 0
  done
  die "no dynamic loader in $root: delete that folder to download it again"
}

# fetch_knots CACHE ROOT: fills ROOT.
fetch_knots() {
  local hint="set BITCOIND to a bitcoind's path"
  require_tools bitcoind "$hint"
  say "downloading bitcoind (bitcoin-knots of Debian $KNOTS_SUITE, some 27 MB) ..."
  # With all dependencies, because the machine's libraries may be older.
  unpack_packages "$1" "$2" "$KNOTS_SUITE" /dev/null bitcoin-knots \
    || die "could not download bitcoind: $hint"
}
