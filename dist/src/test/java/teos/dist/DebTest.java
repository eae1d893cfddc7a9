package teos.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the Debian package, unpacked by dpkg-deb. */
class DebTest {

  private static final Path DEB = Path.of(System.getProperty("teos.dist.deb"));

  @TempDir static Path root;

  @BeforeAll
  static void unpack() throws Exception {
    assumeTrue(ProcessResult.isInstalled("dpkg-deb"));
    ProcessResult unpacked =
        ProcessResult.run("dpkg-deb", "--raw-extract", DEB.toString(), root.toString());
    assertThat(unpacked.code()).as(unpacked.output()).isZero();
  }

  @Test
  void controlFieldsNamePackageAndDependencies() throws Exception {
    ProcessResult fields = ProcessResult.run("dpkg-deb", "--field", DEB.toString());
    assertThat(fields.output())
        .contains("Package: java-teos\n", "Version: 0.", "Section: net\n", "Maintainer: java-teos")
        .containsPattern("Depends: .*libc6.*adduser")
        .containsPattern("Architecture: (amd64|arm64)\n");
  }

  @ParameterizedTest
  @EnumSource
  void linksEveryProgramOnPath(Program program) throws Exception {
    Path command = root.resolve("usr/bin").resolve(program.command());
    assertThat(Files.readSymbolicLink(command))
        .isEqualTo(Path.of("../lib/java-teos/bin").resolve(program.command()));
    assertThat(
            ProcessResult.runWithEnvironment(
                    Map.of("TEOS_JAVA_OPTS", "-XX:AOTMode=on"), command.toString(), "--version")
                .output())
        .startsWith(program.command() + " 0.")
        .hasLineCount(1);
    assertThat(root.resolve("usr/share/bash-completion/completions").resolve(program.command()))
        .isRegularFile();
    assertThat(root.resolve("usr/share/zsh/vendor-completions/_" + program.command()))
        .isRegularFile();
  }

  @ParameterizedTest
  @EnumSource
  void containsManual(Program program) throws Exception {
    Manual.assertCovers(root.resolve("usr/share/man/man1"), program);
  }

  @Test
  void containsDocumentationAndLicenceOfEveryLibrary() throws Exception {
    Path documentation = root.resolve("usr/share/doc/java-teos");
    Manual.assertDocumented(documentation, root.resolve("usr/lib/java-teos/lib"));
    assertThat(documentation.resolve("teos.toml")).isRegularFile();
  }

  @ParameterizedTest
  @ValueSource(strings = {"postinst", "prerm", "postrm"})
  void maintainerScriptsParse(String name) throws Exception {
    Path script = root.resolve("DEBIAN").resolve(name);
    assertThat(ProcessResult.run("sh", "-n", script.toString()))
        .isEqualTo(new ProcessResult(0, ""));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(script)))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void purgeKeepsTheTowersKey() throws Exception {
    for (String name : new String[] {"prerm", "postrm"}) {
      assertThat(root.resolve("DEBIAN").resolve(name)).content().doesNotContain("rm -");
    }
  }

  @Test
  void systemdAcceptsUnit() throws Exception {
    Path unit = root.resolve("usr/lib/systemd/system/teosd.service");
    assertThat(unit)
        .content()
        .contains("Type=notify", "User=teos", "NoNewPrivileges=yes", "ProtectSystem=strict");
    assumeTrue(ProcessResult.isInstalled("systemd-analyze"));
    // The unit starts /usr/bin/teosd, which is not installed here.
    Path copy = Files.createDirectory(root.resolve("unit")).resolve("teosd.service");
    Path launcher = root.resolve("usr/lib/java-teos/bin/teosd");
    Files.writeString(copy, Files.readString(unit).replace("/usr/bin/teosd", launcher.toString()));
    ProcessResult verified =
        ProcessResult.run("systemd-analyze", "verify", "--man=no", copy.toString());
    assertThat(verified.output()).doesNotContain("teosd.service");
  }
}
