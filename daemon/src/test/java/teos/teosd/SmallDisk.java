package teos.teosd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * Small file system that a test can fill or break. It is mounted in a mount namespace that lives as
 * long as a child process that reads from this one, so that nothing stays mounted however the tests
 * end. Without root a user namespace is created as well; where that is not allowed either, the test
 * is skipped.
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

  /** Mounts a file system in memory at the folder {@code path}. */
  static SmallDisk tmpfs(Path path, int mebibytes) throws Exception {
    return mount(
        path, "mount -t tmpfs -o size=" + mebibytes + "m tmpfs \"$0\"", ROOT ? "-m" : "-rm", !ROOT);
  }

  /** Mounts ext4 from the file {@code image}, which only root may do. */
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
    return mount(path, script, "-m", false);
  }

  private static SmallDisk mount(Path path, String script, String flags, boolean user)
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
      Assumptions.abort("cannot mount a file system: " + first);
    }
    return disk;
  }

  private static Process started(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      return Assumptions.abort("cannot run unshare: " + e.getMessage());
    }
  }

  /** Returns the command prefix that runs a program inside the mount namespace. */
  List<String> prefix() {
    List<String> words =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m"));
    if (user) {
      words.addAll(List.of("-U", "--preserve-credentials"));
    }
    return words;
  }

  /** Returns the path for programs run with {@link #prefix}. */
  Path path() {
    return path;
  }

  /** Returns the path for all other programs. */
  Path seenFromOutside() {
    return Path.of("/proc/" + holder.pid() + "/root" + path);
  }

  /** Runs a program inside the mount namespace; fails if its exit code is not 0. */
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
