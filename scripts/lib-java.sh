# File names, passwords and output are UTF-8, also under cron and in containers, which set no locale.
export LC_ALL=C.UTF-8

# Finds a Java 25, as Maven's toolchains do: the one in JAVA_HOME, the one on PATH, or one in the
# folders where systems install them.

is_java25() {
  [[ -x $1 ]] && "$1" -version 2>&1 | grep -qE 'version "(25|[3-9][0-9])[."]'
}

java25() {
  local candidate
  for candidate in "${JAVA_HOME:-}/bin/java" "$(command -v java || true)" \
    /usr/lib/jvm/*/bin/java /opt/*/bin/java "$HOME"/.jdks/*/bin/java "$HOME"/.sdkman/candidates/java/*/bin/java; do
    if is_java25 "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  echo "no Java 25 found: install one, such as Temurin 25, or set JAVA_HOME to its folder" >&2
  return 1
}

# module_jar MODULE PROGRAM: prints the path of the jar that `mvn package` has built for a module. PROGRAM is
# the name in the error if there is none.
module_jar() {
  local jar
  for jar in "$root/$1"/target/teos-"$1"-*.jar; do
    if [[ -f $jar && $jar != *-tests.jar ]]; then
      printf '%s\n' "$jar"
      return 0
    fi
  done
  echo "$2: not built yet; run 'mvn -DskipTests package' in $root" >&2
  return 1
}
