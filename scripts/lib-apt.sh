# Downloads Debian packages and unpacks them into a cache folder: nothing is installed, so no root is
# needed, and the machine's apt state is not changed. Sourced by bash scripts.

# Suites whose source entries name a full Debian mirror. Suites such as bookworm-security are
# omitted intentionally: their mirrors do not contain the release itself.
readonly DEBIAN_SUITES='buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable'
readonly MIRROR_SUITES="^($DEBIAN_SUITES|stable|testing|unstable)\$"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# Prints the first PROGRAM on PATH that is not the calling script itself.
path_on_path() {
  local candidate
  while IFS= read -r candidate; do
    [[ $candidate -ef ${BASH_SOURCE[-1]} ]] && continue
    printf '%s' "$candidate"
    return 0
  done < <(type -aP -- "$1" || true)
  return 1
}

# debian_program VARIABLE PROGRAM PACKAGE PATH [ARGS...]: replaces this process by PROGRAM: the path in the
# environment's VARIABLE, the one on PATH, or PATH in Debian's PACKAGE of the machine's own release, downloaded
# once and unpacked into ${XDG_CACHE_HOME:-$HOME/.cache}/java-teos/PACKAGE. With the single argument
# --java-teos-print-command, prints the words of the command instead, one per line.
debian_program() {
  local variable=$1 program=$2 package=$3 path=$4 found libraries
  shift 4
  local -a command=()
  if [[ -n ${!variable-} ]]; then
    [[ -f ${!variable} && -x ${!variable} ]] \
      || die "$variable is set to ${!variable}, which is not an executable file"
    command=("${!variable}")
  elif found=$(path_on_path "$program"); then
    command=("$found")
  else
    local cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/java-teos
    local root=$cache/$package hint="set $variable to the path of a $program"
    # The folder is renamed to its name once it is complete, so its existence is enough.
    if [[ ! -d $root ]]; then
      require_tools "$program" "$hint"
      say "downloading Debian's $package ..."
      # Dependencies that the machine has installed are of the same release, and sufficient.
      unpack_packages "$cache" "$root" "$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" \
        /var/lib/dpkg/status "$package" || die "could not download $package: $hint"
    fi
    [[ -x $root/$path ]] || die "$program is missing: delete $root to download it again"
    libraries=$(compgen -G "$root/usr/lib/*-linux-*" | paste -sd:) || libraries=
    command=("$root/$path")
    [[ -z $libraries ]] || command=(env "LD_LIBRARY_PATH=$libraries" "${command[@]}")
  fi
  if [[ ${1-} == --java-teos-print-command ]]; then
    printf '%s\n' "${command[@]}"
  else
    exec "${command[@]}" "$@"
  fi
}

# require_tools WHAT HINT: fails unless apt and the tools used with it are installed.
require_tools() {
  local tool
  for tool in apt-get dpkg awk flock; do
    type -P "$tool" >/dev/null || die "no $1 on PATH, and no $tool to download one: $2"
  done
}

# unpack_packages CACHE ROOT SUITE STATUS PACKAGE: fills ROOT with PACKAGE of Debian SUITE and with all
# its dependencies, except those in the dpkg status file STATUS. One process at a time; the others wait
# until it is done.
unpack_packages() {
  local cache=$1 root=$2 suite=$3 status=$4 package=$5
  mkdir -p -- "$cache"
  # A subshell, so that the lock's descriptor is closed before the script becomes the program.
  (
    flock 9
    [[ ! -d $root ]] || exit 0
    rm -rf -- "$cache"/fetching.*
    work=$(mktemp -d -- "$cache/fetching.XXXXXX") || exit 1
    trap 'rm -rf -- "$work"' EXIT
    # Explicit exits, because set -e has no effect within a condition, which this may be part of.
    download_packages "$work" "$suite" "$status" "$package" || exit 1
    mkdir -- "$work/root" || exit 1
    for file in "$work"/cache/archives/*.deb; do
      dpkg -x "$file" "$work/root" || exit 1
    done
    mv -T -- "$work/root" "$root" || exit 1
    say "unpacked in $root"
  ) 9>"$cache/lock"
}

# Downloads the .deb files to WORK/cache/archives.
download_packages() {
  local work=$1 suite=$2 status=$3 package=$4
  write_apt_config "$work" "$suite" "$status"
  if try_download "$work" "$package"; then
    return 0
  fi
  # Unverified packages are accepted only if the machine lacks the signing key, never because of
  # another failure: a broken connection must not circumvent the check.
  if grep -Eq 'NO_PUBKEY|EXPKEYSIG|is not signed|Missing key' "$work/log"; then
    say "WARNING: this machine has no key for Debian $suite: downloading WITHOUT verification"
    echo 'Acquire::AllowInsecureRepositories "true"; APT::Get::AllowUnauthenticated "true";' \
      >>"$work/apt.conf"
    if try_download "$work" "$package"; then
      return 0
    fi
  fi
  tail -n 15 -- "$work/log" >&2
  return 1
}

try_download() {
  local work=$1 package=$2
  # An entry that is not a Debian mirror may fail here; only the second command matters.
  apt-get -c "$work/apt.conf" update >"$work/log" 2>&1 || true
  apt-get -c "$work/apt.conf" -y --download-only --no-install-recommends install "$package" \
    >>"$work/log" 2>&1
}

# Writes an apt configuration with the machine's proxies and mirrors, but without its state, pins and hooks.
write_apt_config() {
  local work=$1 suite=$2 status=$3 architecture sandbox=_apt
  architecture=$(dpkg --print-architecture)
  # As root, apt would download as a user who cannot enter a cache folder in root's home.
  [[ $(id -u) != 0 ]] || sandbox=root
  mkdir -p -- "$work"/state/lists/partial "$work"/cache/archives/partial "$work"/sources
  cp -- "$status" "$work/state/status"
  write_sources "$work/sources" "$suite"
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

# Rewrites the machine's own Debian sources to one suite, keeping options such as Signed-By.
write_sources() {
  local target=$1 suite=$2 file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -r $file ]] && one_line_sources "$file" "$suite"
  done >"$target/own.list"
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -r $file ]] && deb822_sources "$file" "$suite"
  done >"$target/own.sources"
  [[ -s $target/own.list || -s $target/own.sources ]] \
    || die "no Debian mirror among apt's sources to download packages from"
}

# deb [options] URI suite component...
one_line_sources() {
  awk -v suites="$MIRROR_SUITES" -v suite="$2" '
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
  grep -v '^[[:space:]]*#' "$1" | awk -v suites="$MIRROR_SUITES" -v suite="$2" '
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
