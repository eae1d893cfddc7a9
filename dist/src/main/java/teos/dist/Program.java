package teos.dist;

import java.util.List;

/**
 * Installed programs. Their JVM options are those of the scripts with the same names in the source
 * tree's {@code bin/}, which give the reasons.
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
      // It trusts only the tower's own CA; otherwise gRPC would first load the system's CAs.
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

  /** Returns the name of the command. */
  public String command() {
    return command;
  }

  /** Returns the folder of the program's Maven module. */
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
