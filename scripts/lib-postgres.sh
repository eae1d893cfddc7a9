# Finds the programs of a PostgreSQL server for tests. Sourced by bash scripts.
#
# Search order:
#   1. the environment: POSTGRES, the path of a postgres, with initdb beside it;
#   2. the latest version in Debian's folders; PATH;
#   3. Debian's postgresql, of the machine's own release, downloaded once and unpacked
#      into ${XDG_CACHE_HOME:-$HOME/.cache}/java-teos/postgresql, for root into
#      /var/cache/java-teos/postgresql.
#
# PostgreSQL refuses to run as root: started by root, its programs run as nobody, who cannot read
# root's home.

source "$(dirname -- "${BASH_SOURCE[0]}")/lib-apt.sh"

# postgres_exec PROGRAM ARGS...: replaces this process by PROGRAM. With the single argument
# --java-teos-print-command, prints the words of the command instead, one per line.
postgres_exec() {
  local program=$1
  shift
  local -a command=()
  [[ $(id -u) != 0 ]] \
    || command=(setpriv "--reuid=$(id -u nobody)" "--regid=$(id -g nobody)" --clear-groups --)
  find_postgres "$program"
  if [[ ${1-} == --java-teos-print-command ]]; then
    printf '%s\n' "${command[@]}"
  else
    exec "${command[@]}" "$@"
  fi
}

# Adds to the caller's array `command`.
find_postgres() {
  local program=$1 found
  if [[ -n ${POSTGRES-} ]]; then
    found=$(dirname -- "$(readlink -f -- "$POSTGRES")")/$program
    [[ -x $found ]] || die "POSTGRES is set to $POSTGRES, but $found does not exist"
  else
    found=$(installed_postgres "$program") || found=
  fi
  if [[ -n $found ]]; then
    command+=("$found")
  else
    unpacked_postgres "$program"
  fi
}

installed_postgres() {
  local candidate server
  while IFS= read -r candidate; do
    if [[ -x $candidate/postgres && -x $candidate/$1 ]]; then
      printf '%s' "$candidate/$1"
      return 0
    fi
  done < <(compgen -G '/usr/lib/postgresql/*/bin' | sort -rV
    while IFS= read -r server; do
      [[ $server -ef ${BASH_SOURCE[-1]} ]] || dirname -- "$(readlink -f -- "$server")"
    done < <(type -aP -- postgres || true))
  return 1
}

unpacked_postgres() {
  local cache root bin
  if [[ $(id -u) == 0 ]]; then
    cache=/var/cache/java-teos
  else
    cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/java-teos
  fi
  root=$cache/postgresql
  # The folder is renamed to its name once it is complete, so its existence is enough.
  [[ -d $root ]] || fetch_postgres "$cache" "$root"
  bin=$(compgen -G "$root/usr/lib/postgresql/*/bin" | sort -rV | head -n 1) || bin=
  [[ -n $bin && -x $bin/$1 ]] || die "$1 is missing: delete $root to download it again"
  local libraries
  libraries=$(compgen -G "$root/usr/lib/*-linux-*" | paste -sd:) || libraries=
  command+=(env "LD_LIBRARY_PATH=$libraries" "$bin/$1")
}

fetch_postgres() {
  local hint="set POSTGRES to the path of a postgres"
  require_tools postgres "$hint"
  say "downloading PostgreSQL (Debian's postgresql, some 50 MB) ..."
  # Dependencies that the machine has installed are of the same release, and sufficient.
  unpack_packages "$1" "$2" "$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" \
    /var/lib/dpkg/status postgresql || die "could not download PostgreSQL: $hint"
  chmod -R a+rX -- "$2"
  chmod a+x -- "$1"
}
