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
 * Free loopback ports for programs that need a fixed one. They are below the ephemeral ports (on
 * Linux from 32768), so that an outgoing connection cannot take one between the check and the use.
 *
 * <p>A lock on a file named after the port reserves it while this JVM runs, so that test JVMs
 * running in parallel never choose the same port.
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

  /** Files that stay open until this JVM exits, because closing one releases its lock. */
  private static final List<FileChannel> LOCKED_FILES = new CopyOnWriteArrayList<>();

  private FreePort() {}

  /** Returns a port that has no listener and is not reserved by any running test JVM. */
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
    LOCKED_FILES.add(file);
    return true;
  }

  private static boolean isLocked(FileChannel file) throws IOException {
    try {
      return file.tryLock() == null;
    } catch (OverlappingFileLockException e) {
      return true; // this JVM has locked it
    }
  }

  /** Returns whether a server listens on the loopback {@code port}. */
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
