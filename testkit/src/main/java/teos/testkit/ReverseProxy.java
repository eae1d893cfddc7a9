package teos.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real nginx or Caddy with a configuration given by the test. */
public final class ReverseProxy implements AutoCloseable {

  private final ServerProcess process;

  private ReverseProxy(ServerProcess process) {
    this.process = process;
  }

  /**
   * Starts nginx and blocks until it listens.
   *
   * @param folder folder for its files only
   * @param servers contents of the {@code http} block
   * @param port one of the ports that {@code servers} listens on
   */
  public static ReverseProxy nginx(Path folder, String servers, int port)
      throws IOException, InterruptedException {
    String configuration =
        """
        daemon off;
        master_process off;
        pid %1$s/nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          %2$s
        }
        """
            .formatted(folder, servers);
    Path file = Files.writeString(folder.resolve("nginx.conf"), configuration);
    return start("nginx-program", folder, port, "-c", file.toString(), "-p", folder.toString());
  }

  /**
   * Starts Caddy and blocks until it listens.
   *
   * @param folder folder for its files only
   * @param sites a Caddyfile without global options
   * @param port one of the ports that {@code sites} listens on
   */
  public static ReverseProxy caddy(Path folder, String sites, int port)
      throws IOException, InterruptedException {
    String options = "{\n  admin off\n  auto_https off\n  storage file_system " + folder + "\n}\n";
    Path file = Files.writeString(folder.resolve("Caddyfile"), options + sites);
    return start(
        "caddy-program",
        folder,
        port,
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        file.toString());
  }

  private static ReverseProxy start(String script, Path folder, int port, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(ScriptCommand.words(script));
    command.addAll(List.of(args));
    Path log = folder.resolve("proxy.log");
    ReverseProxy proxy = new ReverseProxy(ServerProcess.start(command, log));
    long deadline = System.nanoTime() + TestTimeouts.EVENT.toNanos();
    while (!FreePort.isListening(port)) {
      if (!proxy.process.isAlive() || System.nanoTime() > deadline) {
        proxy.close();
        throw new IOException(script + " did not start: " + Files.readString(log));
      }
      Thread.sleep(20);
    }
    return proxy;
  }

  /** Kills the proxy. */
  @Override
  public void close() {
    try {
      process.kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
