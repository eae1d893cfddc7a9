# Finds bitcoind and bitcoin-cli for the two scripts of those names. To be sourced by bash.
#
# Looked for in this order:
#   1. the environment: BITCOIND (a path), BITCOIN_CLI (a path; else bitcoin-cli beside BITCOIND);
#   2. PATH;
#   3. Debian's bitcoin-knots (a Bitcoin Core derivative), fetched once with apt and unpacked into
#      ${XDG_CACHE_HOME:-$HOME/.cache}/java-teos/bitcoin-knots. Nothing is installed, so no root is
#      needed, and the machine's own apt state is not touched.

# The Debian release that has bitcoin-knots.
readonly KNOTS_SUITE=forky

# The suites whose source entries name a full Debian mirror. Suites such as bookworm-security are
# left out on purpose: their mirrors do not carry the release itself.
readonly DEBIAN_SUITES='buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable'
readonly MIRROR_SUITES="^($DEBIAN_SUITES|stable|testing|unstable)\$"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# bitcoin_exec PROGRAM ARGS...: becomes PROGRAM (the process keeps its pid). With the single
# argument --java-teos-print-command, prints the words that start PROGRAM instead, one a line.
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

# The first PROGRAM on PATH that is not the calling script itself.
path_on_path() {
  local candidate
  while IFS= read -r candidate; do
    [[ $candidate -ef ${BASH_SOURCE[-1]} ]] && continue
    printf '%s' "$candidate"
    return 0
  done < <(type -aP -- "$1" || true)
  return 1
}

# Sets the caller's array `command` to start PROGRAM from the cache folder, filling that first if
# need be. The unpacked programs are started by the dynamic loader that came with them, because the
# machine's own C library may be older than the one they were built for.
unpacked_command() {
  local cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/java-teos
  local root=$cache/bitcoin-knots
  # The folder gets its name by a rename once it is complete, so its existence is enough.
  [[ -d $root ]] || fetch_knots "$cache" "$root"
  local program=$root/usr/bin/$1
  [[ -x $program ]] || die "$program is missing: delete $root to have it fetched again"
  local loaders=("$root"/usr/lib/*/ld-linux*.so.* "$root"/lib*/ld-linux*.so.*)
  local loader
  for loader in "${loaders[@]}"; do
    [[ -x $loader ]] || continue
    local libraries
    libraries=$(dirname -- "$(compgen -G "$root/usr/lib/*/libc.so.6")")
    command=("$loader" --library-path "$libraries" "$program")
    return 0
  done
  die "no dynamic loader in $root: delete that folder to have it fetched again"
}

# fetch_knots CACHE ROOT: fills ROOT. One process at a time; the others wait and find it done.
fetch_knots() {
  local cache=$1 root=$2 tool
  for tool in apt-get dpkg awk flock; do
    type -P "$tool" >/dev/null \
      || die "no bitcoind on PATH, and no $tool to fetch one: set BITCOIND to a bitcoind's path"
  done
  mkdir -p -- "$cache"
  # A subshell, so that the lock's descriptor is closed before the script becomes bitcoind.
  (
    flock 9
    [[ ! -d $root ]] || exit 0
    rm -rf -- "$cache"/fetching.*
    work=$(mktemp -d -- "$cache/fetching.XXXXXX")
    trap 'rm -rf -- "$work"' EXIT
    say "fetching bitcoind (bitcoin-knots of Debian $KNOTS_SUITE, some 27 MB) ..."
    download_knots "$work"
    mkdir -- "$work/root"
    for package in "$work"/cache/archives/*.deb; do
      dpkg -x "$package" "$work/root"
    done
    mv -T -- "$work/root" "$root"
    say "unpacked in $root"
  ) 9>"$cache/lock" || die "could not fetch bitcoind: set BITCOIND to a bitcoind's path"
}

# Leaves the .deb files of bitcoin-knots and of all it depends on in WORK/cache/archives.
download_knots() {
  local work=$1
  write_apt_config "$work"
  if try_download "$work"; then
    return 0
  fi
  # Unverified packages only where the machine cannot know the signing key, never because of
  # some other failure: a broken connection must not be a way around the check.
  if grep -Eq 'NO_PUBKEY|EXPKEYSIG|is not signed|Missing key' "$work/log"; then
    say "WARNING: this machine has no key for Debian $KNOTS_SUITE: fetching WITHOUT verification"
    echo 'Acquire::AllowInsecureRepositories "true"; APT::Get::AllowUnauthenticated "true";' \
      >>"$work/apt.conf"
    if try_download "$work"; then
      return 0
    fi
  fi
  tail -n 15 -- "$work/log" >&2
  return 1
}

try_download() {
  local work=$1
  # An entry that is no Debian mirror after all may fail here; what counts is the second command.
  apt-get -c "$work/apt.conf" update >"$work/log" 2>&1 || true
  apt-get -c "$work/apt.conf" -y --download-only --no-install-recommends install bitcoin-knots \
    >>"$work/log" 2>&1
}

# An apt of our own: the machine's proxies and mirrors, but no state, pin or hook of the machine's.
write_apt_config() {
  local work=$1 architecture sandbox=_apt
  architecture=$(dpkg --print-architecture)
  # Root's apt would hand the download to a user who cannot enter a cache folder in root's home.
  [[ $(id -u) != 0 ]] || sandbox=root
  mkdir -p -- "$work"/state/lists/partial "$work"/cache/archives/partial "$work"/sources
  : >"$work/state/status"
  write_sources "$work/sources"
  cat >"$work/apt.conf" <<CONF
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Binary::apt-get;
APT::Architectures { "$architecture"; };
APT::Default-Release "";
APT::Sandbox::User "$sandbox";
APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::Cache "$work/cache";
Dir::Cache::archives "$work/cache/archives";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$work/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
}

# Rewrites the machine's own Debian sources to KNOTS_SUITE, keeping options such as Signed-By.
write_sources() {
  local target=$1 file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -r $file ]] && one_line_sources "$file"
  done >"$target/own.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -r $file ]] && deb822_sources "$file"
  done >"$target/own.sources"
  [[ -s $target/own.list || -s $target/own.sources ]] \
    || die "no Debian mirror among apt's sources to fetch bitcoind from"
}

# deb [options] URI suite component...
one_line_sources() {
  awk -v suites="$MIRROR_SUITES" -v suite="$KNOTS_SUITE" '
    $1 == "deb" {
      uri = 2
      if ($2 ~ /^\[/) {
        while (uri < NF && $uri !~ /\]$/) uri++
        uri++
      }
      main = 0
      for (i = uri + 2; i <= NF; i++) if ($i == "main") main = 1
      if (!main || $(uri + 1) !~ suites) next
      line = ""
      for (i = 1; i <= uri; i++) line = line $i " "
      print line suite " main"
    }' "$1"
}

# Stanzas of "Field: value" lines. A continuation line starts with a space.
deb822_sources() {
  grep -v '^[[:space:]]*#' "$1" | awk -v suites="$MIRROR_SUITES" -v suite="$KNOTS_SUITE" '
    function has(value, pattern,   words, n, i) {
      n = split(value, words, /[ \t]+/)
      for (i = 1; i <= n; i++) if (words[i] ~ pattern) return 1
      return 0
    }
    BEGIN { RS = ""; FS = "\n" }
    {
      split("", fields)
      kept = ""
      for (i = 1; i <= NF; i++) {
        if ($i !~ /^[ \t]/) name = tolower(substr($i, 1, index($i, ":") - 1))
        value = $i
        if ($i !~ /^[ \t]/) sub(/^[^:]*:/, "", value)
        fields[name] = fields[name] " " value
        if (name !~ /^(types|suites|components|enabled|architectures)$/) kept = kept $i "\n"
      }
      if (!has(fields["types"], "^deb$") || !has(fields["suites"], suites)) next
      if (!has(fields["components"], "^main$") || has(fields["enabled"], "^(no|false)$")) next
      printf "Types: deb\nSuites: %s\nComponents: main\n%s\n", suite, kept
    }'
}
