package teos.dist;

import java.util.List;

/**
 * The programs that are installed. The options for the JVM are those of the launchers of the same
 * names in the source tree's {@code bin/}, which say why.
 */
public enum Program {
  TEOSD(
      "teosd",
      "daemon",
      "teos.teosd.Teosd",
      "-Xmx128m",
      "-XX:+ExitOnOutOfMemoryError",
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow"),
  TEOS_CLI(
      "teos-cli",
      "cli",
      "teos.cli.TeosCli",
      "-Xmx64m",
      "-XX:TieredStopAtLevel=1",
      // It trusts the tower's own CA only, and gRPC would have all others loaded first.
      "-Djavax.net.ssl.trustStore=NONE",
      "--sun-misc-unsafe-memory-access=allow"),
  TEOS_CLIENT(
      "teos-client",
      "client-cli",
      "teos.client.cli.TeosClient",
      "-Xmx64m",
      "-XX:TieredStopAtLevel=1",
      "--enable-native-access=ALL-UNNAMED");

  private final String command;
  private final String module;
  private final String mainClass;
  private final List<String> jvmOptions;

  Program(String command, String module, String mainClass, String... jvmOptions) {
    this.command = command;
    this.module = module;
    this.mainClass = mainClass;
    this.jvmOptions = List.of(jvmOptions);
  }

  /** What one types. */
  public String command() {
    return command;
  }

  /** The folder of the Maven module that it is in. */
  String module() {
    return module;
  }

  String mainClass() {
    return mainClass;
  }

  List<String> jvmOptions() {
    return jvmOptions;
  }
}
