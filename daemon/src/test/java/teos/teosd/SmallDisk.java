package teos.teosd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A small file system of its own, which can be filled and broken. It is mounted in a mount
 * namespace that lives as long as a process does whose input comes from here: nothing stays
 * mounted, however the tests end. Whoever may not mount gets a user namespace as well; where that
 * is not allowed either, the test is skipped.
 */
final class SmallDisk implements AutoCloseable {

  private static final boolean ROOT = System.getProperty("user.name").equals("root");

  private final Process holder;
  private final boolean user;
  private final Path path;

  private SmallDisk(Process holder, boolean user, Path path) {
    this.holder = holder;
    this.user = user;
    this.path = path;
  }

  /** In memory, mounted at the folder {@code path}. */
  static SmallDisk tmpfs(Path path, int mebibytes) throws Exception {
    return make(
        path, "mount -t tmpfs -o size=" + mebibytes + "m tmpfs \"$0\"", ROOT ? "-m" : "-rm", !ROOT);
  }

  /** Ext4 in the file {@code image}, which only root may mount. */
  static SmallDisk ext4(Path path, Path image, int mebibytes) throws Exception {
    Assumptions.assumeTrue(ROOT, "ext4 can only be mounted by root");
    String script =
        "truncate -s "
            + mebibytes
            + "m '"
            + image
            + "' && mkfs.ext4 -q '"
            + image
            + "' && mount -o loop '"
            + image
            + "' \"$0\"";
    return make(path, script, "-m", false);
  }

  private static SmallDisk make(Path path, String script, String flags, boolean user)
      throws Exception {
    Files.createDirectories(path);
    ProcessBuilder builder =
        new ProcessBuilder(
                "unshare",
                flags,
                "sh",
                "-c",
                script + " && echo ready && exec cat",
                path.toString())
            .redirectErrorStream(true);
    SmallDisk disk = new SmallDisk(started(builder), user, path);
    String first = disk.holder.inputReader(StandardCharsets.UTF_8).readLine();
    if (!"ready".equals(first)) {
      disk.close();
      Assumptions.abort("no file system can be mounted here: " + first);
    }
    return disk;
  }

  private static Process started(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      return Assumptions.abort("there is no unshare here: " + e.getMessage());
    }
  }

  /** Words by which a program is run where the disk is to be seen. */
  List<String> prefix() {
    List<String> words =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m"));
    if (user) {
      words.addAll(List.of("-U", "--preserve-credentials"));
    }
    return words;
  }

  /** Where it is for a program that is run by {@link #prefix}. */
  Path path() {
    return path;
  }

  /** Where it is for all others. */
  Path seenFromOutside() {
    return Path.of("/proc/" + holder.pid() + "/root" + path);
  }

  /** Runs a program there; fails if that does. */
  void run(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix());
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command + " failed: " + output);
    }
  }

  @Override
  public void close() {
    holder.destroyForcibly().onExit().join();
  }
}
