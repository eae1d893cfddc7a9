package teos.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports of loopback for programs that have to be told one. They lie below those that systems give
 * to outgoing connections (Linux: from 32768 on): one of these may take a port that was free a
 * moment ago.
 *
 * <p>A port is claimed for as long as this JVM runs, by a lock on a file named after it, so that
 * test JVMs side by side never choose the same one.
 */
public final class FreePort {

  private static final int LOWEST = 10_000;
  private static final int COUNT = 20_000;
  private static final Path CLAIMS =
      Path.of(
          System.getProperty("java.io.tmpdir"),
          "java-teos-ports-" + System.getProperty("user.name"));
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  /** Open until this JVM ends: a closed file gives up its lock. */
  private static final List<FileChannel> HELD = new CopyOnWriteArrayList<>();

  private FreePort() {}

  /** Returns a port that nobody listens at, and that no running test JVM has been given. */
  public static int find() throws IOException {
    Files.createDirectories(CLAIMS);
    for (int i = 0; i < COUNT; i++) {
      int port = LOWEST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      if (isFree(port) && claim(port)) {
        return port;
      }
    }
    throw new IOException("no port is free");
  }

  private static boolean claim(int port) throws IOException {
    FileChannel file =
        FileChannel.open(
            CLAIMS.resolve(Integer.toString(port)),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    if (isLocked(file)) {
      file.close();
      return false;
    }
    HELD.add(file);
    return true;
  }

  private static boolean isLocked(FileChannel file) throws IOException {
    try {
      return file.tryLock() == null;
    } catch (OverlappingFileLockException e) {
      return true; // by this JVM itself
    }
  }

  /** Whether somebody listens at {@code port} of loopback. */
  public static boolean isListening(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
