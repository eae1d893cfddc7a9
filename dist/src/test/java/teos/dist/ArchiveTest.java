package teos.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import teos.common.KeyFile;
import teos.testkit.Bitcoind;

/**
 * Tests the archive, unpacked into a folder with a space in its name, in an environment without
 * Java.
 */
@Tag("bitcoind")
class ArchiveTest {

  @TempDir static Path temp;

  /** The unpacked image; its path contains a space. */
  private static Path root;

  @BeforeAll
  static void unpack() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("a folder"));
    ProcessResult tar =
        ProcessResult.run(
            "tar", "xzf", System.getProperty("teos.dist.archive"), "-C", folder.toString());
    assertThat(tar.code()).as(tar.output()).isZero();
    try (Stream<Path> unpacked = Files.list(folder)) {
      root = unpacked.toList().getFirst();
    }
  }

  private static String launcher(Program program) {
    return root.resolve("bin").resolve(program.command()).toString();
  }

  @ParameterizedTest
  @EnumSource
  void everyProgramPrintsVersionAndHelp(Program program) throws Exception {
    assertThat(ProcessResult.run(launcher(program), "--version").output())
        .startsWith(program.command() + " 0.")
        .hasLineCount(1);
    ProcessResult help = ProcessResult.run(launcher(program), "--help");
    assertThat(help.code()).isZero();
    assertThat(help.output()).startsWith("Usage: " + program.command());
  }

  @ParameterizedTest
  @EnumSource
  void startsThroughSymbolicLink(Program program) throws Exception {
    Path link =
        Files.createSymbolicLink(temp.resolve("link-" + program), Path.of(launcher(program)));
    assertThat(ProcessResult.run(link.toString(), "--version").output())
        .startsWith(program.command());
  }

  @ParameterizedTest
  @EnumSource
  void usesAotCache(Program program) throws Exception {
    // In this mode the JVM does not start without a valid cache.
    ProcessResult strict =
        ProcessResult.runWithEnvironment(
            Map.of("TEOS_JAVA_OPTS", "-XX:AOTMode=on"), launcher(program), "--version");
    assertThat(strict.code()).as(strict.output()).isZero();
    ProcessResult logged =
        ProcessResult.runWithEnvironment(
            Map.of("TEOS_JAVA_OPTS", "-Xlog:class+load"), launcher(program), "--version");
    assertThat(logged.output())
        .containsPattern("\\Q" + program.mainClass() + "\\E source: shared objects file")
        .containsPattern("picocli.CommandLine source: shared objects file");
  }

  @ParameterizedTest
  @EnumSource
  void runsSilentlyWithoutValidAotCache(Program program) throws Exception {
    Path cache = root.resolve("lib").resolve(program.command() + ".aot");
    Path moved = temp.resolve("moved.aot");
    Path jar;
    try (Stream<Path> jars = Files.list(root.resolve("lib"))) {
      jar = jars.filter(file -> file.toString().contains("picocli")).findFirst().orElseThrow();
    }
    Files.move(cache, moved);
    assertPrintsOnlyVersion(program);
    Files.write(cache, new byte[] {1, 2, 3});
    assertPrintsOnlyVersion(program);
    Files.delete(cache);
    Files.move(moved, cache);
    FileTime date = Files.getLastModifiedTime(jar);
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now())); // as `cp -r` does
    assertPrintsOnlyVersion(program);
    Files.setLastModifiedTime(jar, date);
  }

  private static void assertPrintsOnlyVersion(Program program) throws Exception {
    assertThat(ProcessResult.run(launcher(program), "--version").output())
        .startsWith(program.command() + " 0.")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @EnumSource
  void containsCompletionScripts(Program program) throws Exception {
    Path bash = root.resolve("share/bash-completion/completions").resolve(program.command());
    assertThat(ProcessResult.run("bash", "-n", bash.toString()))
        .isEqualTo(new ProcessResult(0, ""));
    assertThat(Files.readString(bash)).contains("complete -F", program.command());
    assertThat(root.resolve("share/zsh/site-functions/_" + program.command()))
        .content()
        .startsWith("#compdef " + program.command() + "\n");
  }

  @ParameterizedTest
  @EnumSource
  void manualCoversEveryCommandAndOption(Program program) throws Exception {
    Manual.assertCovers(root.resolve("share/man/man1"), program);
  }

  @Test
  void manualRendersWithoutWarnings() throws Exception {
    assumeTrue(ProcessResult.isInstalled("man"));
    Manual.assertRenders(root.resolve("share/man/man1"));
  }

  @Test
  void containsDocumentationAndLicenceOfEveryLibrary() throws Exception {
    Manual.assertDocumented(root.resolve("doc"), root.resolve("lib"));
  }

  @Test
  void missingNativeLibrary_isNamedInError() throws Exception {
    Path data = Files.createDirectories(temp.resolve("no-libraries"));
    Files.createFile(data.resolve("teos_db.sqlite"));
    new KeyFile(data.resolve("teos_sk.der"), "the tower's key").create(new SecureRandom());
    assertThat(
            outputWithoutLibrary(
                "libsqlitejdbc.so",
                launcher(Program.TEOSD),
                "backup",
                temp.resolve("backup").toString(),
                "--datadir=" + data))
        .contains("cannot load SQLite's native library", "java.io.tmpdir")
        .doesNotContain("\tat ");
    assertThat(
            outputWithoutLibrary(
                "libsecp256k1-jni.so",
                launcher(Program.TEOS_CLIENT),
                "register",
                "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798@127.0.0.1:1",
                "--datadir=" + data))
        .contains("cannot load the native library libsecp256k1")
        .doesNotContain("\tat ");
  }

  /**
   * Returns the output of a program without {@code library}, which it cannot unpack elsewhere
   * either: no files can be created in /proc.
   */
  private static String outputWithoutLibrary(String library, String... words) throws Exception {
    Path file = root.resolve("lib/native").resolve(library);
    Path moved = Files.move(file, temp.resolve(library));
    try {
      return ProcessResult.runWithEnvironment(
              Map.of("TEOS_JAVA_OPTS", "-Djava.io.tmpdir=/proc"), words)
          .output();
    } finally {
      Files.move(moved, file);
    }
  }

  @Test
  void containsNoBuildTools() throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(
              name ->
                  name.contains("teos-dist") || name.contains("testkit") || name.contains("jruby"));
    }
  }

  /** Restarts Bitcoin Knots so that the tower does not warn about its default policy. */
  private static void useCorePolicy(Bitcoind bitcoind) throws Exception {
    if (bitcoind.rpc("getnetworkinfo").path("subversion").asText().contains("Knots")) {
      bitcoind.stop();
      bitcoind.restart("-corepolicy=1");
    }
  }

  @Test
  void towerServesAndStopsCleanly() throws Exception {
    try (Bitcoind bitcoind = Bitcoind.start()) {
      bitcoind.mine(10);
      useCorePolicy(bitcoind);
      InstalledTower.startQueryAndStop(root.resolve("bin"), bitcoind, temp.resolve("tower"));
      InstalledTower.startInBackgroundAndStop(
          root.resolve("bin"), bitcoind, temp.resolve("daemon"));
    }
  }

  @Test
  void acceptsNonAsciiHomeWithoutLocale() throws Exception {
    // The shell decodes octal bytes, so the test does not depend on the locale of its own JVM.
    ProcessResult stop =
        ProcessResult.run(
            "sh",
            "-c",
            "HOME=$(printf '/h\\303\\266hle'); exec \"$0\" stop --btcnetwork=regtest",
            launcher(Program.TEOSD));
    assertThat(stop.output())
        .contains("no tower is running in the data folder /höhle/.teos/regtest");
  }
}
