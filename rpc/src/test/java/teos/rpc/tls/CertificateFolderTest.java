package teos.rpc.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import teos.rpc.tls.CertificateFolder.Trust;

class CertificateFolderTest {

  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration LEFT = CertificateFolder.RENEWED_BEFORE_END;

  @TempDir Path folder;

  private Trust refresh(Instant now) throws IOException {
    return new CertificateFolder(new CertificatePaths(folder)).refresh(now);
  }

  /** Returns the contents of the certificates and keys by file name. */
  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(path -> path.toString().endsWith(".pem")).toList()) {
        files.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return files;
  }

  private static Set<String> changed(Map<String, String> before, Map<String, String> after) {
    assertThat(after.keySet()).isEqualTo(before.keySet());
    Set<String> changed = new HashSet<>();
    after.forEach(
        (name, content) -> {
          if (!content.equals(before.get(name))) {
            changed.add(name);
          }
        });
    return changed;
  }

  /** Uses the group of the test's own user, which can be set without privileges. */
  @Test
  void operatorGroupCanReadOnlyTheOperatorsKeyAlsoAfterRenewal() throws Exception {
    String group = Files.readAttributes(folder, PosixFileAttributes.class).group().getName();
    CertificateFolder shared =
        new CertificateFolder(new CertificatePaths(folder), Optional.of(group));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    for (Instant now : List.of(NOW, NOW.plus(Duration.ofDays(800)))) {
      String before = files().getOrDefault("client-key.pem", "");
      shared.refresh(now);
      assertThat(files().get("client-key.pem")).isNotEqualTo(before);
      assertThat(mode("")).isEqualTo("rwxr-x---");
      assertThat(mode("client-key.pem")).isEqualTo("rw-r-----");
      assertThat(mode("server-key.pem")).isEqualTo("rw-------");
      assertThat(mode("ca-key.pem")).isEqualTo("rw-------");
    }
    assertThatThrownBy(
            () ->
                new CertificateFolder(new CertificatePaths(folder), Optional.of("no-such-group"))
                    .refresh(NOW))
        .isInstanceOf(IOException.class)
        .hasMessage("operator_group: the group no-such-group does not exist");
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
  }

  private X509Certificate certificate(String name) throws IOException {
    return PemFiles.certificate(folder.resolve(name + ".pem"));
  }

  private void assertConsistentSet() throws Exception {
    X509Certificate ca = certificate("ca");
    ca.verify(ca.getPublicKey());
    for (String name : List.of("ca", "server", "client")) {
      certificate(name).verify(ca.getPublicKey());
      assertThat(
              KeyPairs.belong(
                  certificate(name).getPublicKey(),
                  PemFiles.key(folder.resolve(name + "-key.pem"))))
          .isTrue();
    }
  }

  @Test
  void refresh_newFolder_createsASetWithPrivateKeys() throws Exception {
    Trust trust = refresh(NOW);
    assertThat(files().keySet())
        .containsExactly(
            "ca-key.pem", "ca.pem", "client-key.pem", "client.pem", "server-key.pem", "server.pem");
    for (String name : files().keySet()) {
      String mode =
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
      if (name.endsWith("-key.pem")) {
        assertThat(mode).as(name).isEqualTo("rw-------");
      } else {
        assertThat(mode).as(name).startsWith("rw-r");
      }
    }
    assertConsistentSet();
    assertThat(trust.ca()).isEqualTo(certificate("ca"));
    assertThat(trust.server().certificate()).isEqualTo(certificate("server"));
    assertThat(certificate("ca").getBasicConstraints()).isNotNegative();
    assertThat(certificate("server").getBasicConstraints()).isNegative();
    assertThat(certificate("client").getBasicConstraints()).isNegative();
    assertThat(certificate("server").getSubjectAlternativeNames().toString())
        .contains("localhost", "127.0.0.1");
  }

  @Test
  void refresh_validSet_changesNothing() throws Exception {
    refresh(NOW);
    Map<String, String> first = files();
    refresh(NOW.plus(DAY));
    assertThat(files()).isEqualTo(first);
  }

  @Test
  void refresh_renewsTheSidesBeforeExpiryButNotTheCa() throws Exception {
    refresh(NOW);
    Map<String, String> first = files();
    Instant end = NOW.plus(Issuer.VALIDITY);
    refresh(end.minus(LEFT).minus(DAY));
    assertThat(changed(first, files())).isEmpty();

    Instant late = end.minus(LEFT).plus(DAY);
    refresh(late);
    assertThat(changed(first, files()))
        .containsExactlyInAnyOrder("client-key.pem", "client.pem", "server-key.pem", "server.pem");
    assertConsistentSet();
    assertThat(certificate("server").getNotAfter().toInstant())
        .isEqualTo(late.plus(Issuer.VALIDITY));
  }

  @Test
  void refresh_renewsTheCaBeforeItsSidesCouldOutliveItAndKeepsItsKey() throws Exception {
    refresh(NOW);
    Instant last = NOW.plus(Issuer.CA_VALIDITY).minus(Issuer.VALIDITY).minus(LEFT);
    refresh(last.minus(DAY));
    Map<String, String> before = files();
    X509Certificate oldCa = certificate("ca");
    X509Certificate oldClient = certificate("client");
    assertThat(oldClient.getNotAfter()).isBefore(oldCa.getNotAfter());

    refresh(last.plus(DAY));
    assertThat(changed(before, files())).containsExactly("ca.pem");
    X509Certificate newCa = certificate("ca");
    assertThat(newCa.getPublicKey()).isEqualTo(oldCa.getPublicKey());
    assertThat(newCa.getSubjectX500Principal()).isEqualTo(oldCa.getSubjectX500Principal());
    assertThat(newCa.getNotAfter().toInstant()).isEqualTo(last.plus(DAY).plus(Issuer.CA_VALIDITY));
    oldClient.verify(newCa.getPublicKey());
  }

  @Test
  void refresh_everythingExpired_createsANewSet() throws Exception {
    refresh(NOW);
    Instant late = NOW.plus(Issuer.CA_VALIDITY.multipliedBy(2));
    refresh(late);
    assertConsistentSet();
    for (String name : List.of("ca", "server", "client")) {
      certificate(name).checkValidity(Date.from(late));
    }
  }

  @Test
  void refresh_replacesCertificatesThatAreNotYetValid() throws Exception {
    refresh(NOW.plus(Duration.ofDays(30)));
    refresh(NOW);
    assertConsistentSet();
    for (String name : List.of("ca", "server", "client")) {
      certificate(name).checkValidity(Date.from(NOW));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"server", "client"})
  void refresh_mismatchedKey_replacesKeyAndCertificate(String name) throws Exception {
    refresh(NOW);
    Map<String, String> first = files();
    Files.copy(
        folder.resolve("ca-key.pem"),
        folder.resolve(name + "-key.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    refresh(NOW);
    assertThat(changed(first, files())).containsExactlyInAnyOrder(name + ".pem", name + "-key.pem");
    assertConsistentSet();
  }

  @Test
  void refresh_mismatchedCaKey_replacesTheWholeSet() throws Exception {
    refresh(NOW);
    Map<String, String> first = files();
    Files.copy(
        folder.resolve("server-key.pem"),
        folder.resolve("ca-key.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    refresh(NOW);
    assertThat(changed(first, files())).hasSize(6);
    assertConsistentSet();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca", "server", "client"})
  void refresh_recoversFromACrashBetweenKeyAndCertificate(String name) throws Exception {
    // At the first start there is no certificate yet; at a renewal the previous one exists.
    refresh(NOW);
    Files.delete(folder.resolve(name + ".pem"));
    refresh(NOW);
    assertConsistentSet();

    PemOutput.writeKey(
        folder.resolve(name + "-key.pem"), new Issuer(new SecureRandom(), NOW).newCa());
    refresh(NOW);
    assertConsistentSet();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ca.pem",
        "ca-key.pem",
        "server.pem",
        "server-key.pem",
        "client.pem",
        "client-key.pem"
      })
  void refresh_invalidFile_failsAndLeavesItUnchanged(String name) throws Exception {
    refresh(NOW);
    Map<String, String> first = files();
    String kind = name.contains("-key") ? "PRIVATE KEY" : "CERTIFICATE";
    for (String garbage :
        List.of(
            "",
            "garbage",
            "\u0000\u0001\u00ff",
            "-----BEGIN " + kind + "-----\n",
            "-----BEGIN " + kind + "-----\nZ2FyYmFnZQ==\n-----END " + kind + "-----\n",
            "-----BEGIN " + kind + "-----\n%%%%\n-----END " + kind + "-----\n")) {
      Files.writeString(folder.resolve(name), garbage);
      assertThatThrownBy(() -> refresh(NOW))
          .as("%s", garbage)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(folder.resolve(name).toString());
      Map<String, String> expected = new TreeMap<>(first);
      expected.put(name, garbage);
      assertThat(files()).isEqualTo(expected);
    }
  }

  @Test
  void refresh_missingFolder_fails() {
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> new CertificateFolder(new CertificatePaths(none)).refresh(NOW))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void refresh_keepsTheFilesOfRustTeos(String lineEnd) throws Exception {
    RustTeosSet.write(folder, lineEnd);
    Map<String, String> before = files();
    assertThat(certificate("ca").getNotAfter().toInstant())
        .isEqualTo(Instant.parse("4096-01-01T00:00:00Z"));
    refresh(NOW);
    assertThat(files()).isEqualTo(before);
    assertConsistentSet();
  }

  @Test
  void concurrentThreadsCreateOneSet() throws Exception {
    List<Future<Trust>> all = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        all.add(executor.submit(() -> refresh(NOW)));
      }
    }
    Set<X509Certificate> servers = new HashSet<>();
    for (Future<Trust> one : all) {
      servers.add(one.get().server().certificate());
    }
    assertThat(servers).containsExactly(certificate("server"));
    assertConsistentSet();
  }

  @Test
  void concurrentProcessesCreateOneSet() throws Exception {
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-Xmx64m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  MakeCertificates.class.getName(),
                  folder.toString())
              .redirectErrorStream(true)
              .start());
    }
    Set<String> servers = new HashSet<>();
    for (Process process : all) {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      servers.add(output.lines().reduce((first, last) -> last).orElseThrow());
    }
    assertThat(servers).containsExactly(certificate("server").getSerialNumber().toString());
    assertConsistentSet();
  }
}
