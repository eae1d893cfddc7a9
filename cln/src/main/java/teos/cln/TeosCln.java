package teos.cln;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.List;
import teos.common.Version;

/** Main class of {@code teos-cln}, which lightningd starts. */
public final class TeosCln {

  private TeosCln() {}

  /**
   * Runs the plugin until lightningd closes its input. Ignores lightningd's arguments, such as
   * {@code --developer}.
   */
  public static void main(String... args) throws Exception {
    List<String> arguments = List.of(args);
    if (arguments.contains("--version") || arguments.contains("-V")) {
      System.out.println("java-teos " + Version.current());
      return;
    }
    if (arguments.contains("--help") || arguments.contains("-h")) {
      System.out.println(
          "Watchtower plugin for Core Lightning; lightningd starts it.\n"
              + "Add plugin=/usr/bin/teos-cln to lightningd's config.");
      return;
    }
    // Standard output belongs to lightningd; whatever a library prints must not get there.
    System.setOut(System.err);
    new Plugin(
            new FileInputStream(FileDescriptor.in),
            new FileOutputStream(FileDescriptor.out),
            Environment.of(System.getenv()))
        .run();
    System.exit(0);
  }
}
