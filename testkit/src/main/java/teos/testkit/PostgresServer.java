package teos.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server with its own temporary folder and a free loopback port. It syncs its
 * writes as in production, and accepts connections without authentication.
 */
public final class PostgresServer implements AutoCloseable {

  private static final String USER = "teos";

  private static @Nullable PostgresServer shared;

  private final TemporaryFolder folder;
  private final List<String> settings;
  private final int port;
  private final Set<String> databases = new HashSet<>();
  private @Nullable ServerProcess process;

  private PostgresServer(TemporaryFolder folder, List<String> settings, int port) {
    this.folder = folder;
    this.settings = settings;
    this.port = port;
  }

  /**
   * Starts a server and blocks until it accepts connections.
   *
   * @param settings additional settings, such as {@code fsync=off}
   * @throws IOException if it does not start; the message contains its log
   */
  public static PostgresServer start(String... settings) throws IOException, InterruptedException {
    TemporaryFolder folder = TemporaryFolder.create("teos-postgres-");
    PostgresServer server = new PostgresServer(folder, List.of(settings), FreePort.find());
    try {
      chownToServerUser(folder.path());
      server.run(
          "initdb",
          "--pgdata=" + server.data(),
          "--username=" + USER,
          "--auth=trust",
          "--encoding=UTF8",
          "--locale=C",
          "--no-sync");
      server.restart();
      return server;
    } catch (IOException | InterruptedException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** Returns the server that all tests of this JVM share; it is stopped when the JVM exits. */
  public static synchronized PostgresServer shared() throws IOException, InterruptedException {
    if (shared == null) {
      shared = start();
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
    }
    return shared;
  }

  /**
   * Gives {@code folder} to nobody if this JVM runs as root: PostgreSQL refuses to run as root, so
   * {@code scripts/postgres} runs it as nobody.
   */
  private static void chownToServerUser(Path folder) throws IOException {
    if (Files.getOwner(folder).getName().equals("root")) {
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    }
  }

  private Path data() {
    return folder.path().resolve("data");
  }

  /** Starts the server again after {@link #stop} or {@link #kill}, on the same port. */
  public void restart() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ScriptCommand.words("postgres", "postgres"));
    command.addAll(List.of("-D", data().toString(), "-p", Integer.toString(port)));
    List<String> all =
        new ArrayList<>(
            List.of(
                "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"));
    all.addAll(settings);
    all.forEach(setting -> command.addAll(List.of("-c", setting)));
    ServerProcess started = ServerProcess.start(command, log());
    process = started;
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!answers()) {
      if (!started.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("postgres did not start: " + Files.readString(log()));
      }
      Thread.sleep(50);
    }
  }

  private Path log() {
    return folder.path().resolve("log");
  }

  private boolean answers() throws IOException, InterruptedException {
    return launch("pg_isready", "--host=127.0.0.1", "--port=" + port).waitFor() == 0;
  }

  /** Returns the JDBC URL of the database {@code name}, which is created if it does not exist. */
  public synchronized String url(String name) throws IOException, InterruptedException {
    if (databases.add(name)) {
      run("createdb", "--host=127.0.0.1", "--port=" + port, "--username=" + USER, name);
    }
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + name + "?user=" + USER;
  }

  /** Runs {@code sql} in the database {@code name} and returns its result, one row per line. */
  public String query(String name, String sql) throws IOException, InterruptedException {
    return run(
        "psql",
        "--host=127.0.0.1",
        "--port=" + port,
        "--username=" + USER,
        "--dbname=" + name,
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--command=" + sql);
  }

  private String run(String... command) throws IOException, InterruptedException {
    Process running = launch(command);
    String output = new String(running.getInputStream().readAllBytes(), UTF_8);
    if (running.waitFor() != 0) {
      throw new IOException(command[0] + " failed: " + output);
    }
    return output.strip();
  }

  private Process launch(String... command) throws IOException {
    List<String> words = new ArrayList<>(ScriptCommand.words("postgres", command[0]));
    words.addAll(List.of(command).subList(1, command.length));
    // The working folder must be accessible to the server's user.
    return new ProcessBuilder(words)
        .directory(folder.path().toFile())
        .redirectErrorStream(true)
        .start();
  }

  /** Shuts the server down cleanly (fast shutdown), which closes all connections. */
  public void stop() throws IOException, InterruptedException {
    ServerProcess running = process;
    if (running != null) {
      new ProcessBuilder("kill", "-INT", Long.toString(running.pid())).start().waitFor();
      if (!running.awaitExit(TestTimeouts.EVENT)) {
        throw new IOException("postgres did not stop: " + Files.readString(log()));
      }
      process = null;
    }
  }

  /** Kills the server with SIGKILL, as a crash would. */
  public void kill() throws InterruptedException {
    ServerProcess running = process;
    if (running != null) {
      running.kill();
      process = null;
    }
  }

  /** Stops the server and deletes its folder. */
  @Override
  public void close() {
    try {
      stop();
      folder.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      System.err.println("cannot delete the folder of postgres: " + e.getMessage());
    }
  }
}
