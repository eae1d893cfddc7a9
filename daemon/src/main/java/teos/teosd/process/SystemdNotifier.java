package teos.teosd.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.bitcoin.NodeStatus;

/**
 * Tells systemd how far the tower is, in a unit of {@code Type=notify}: see sd_notify(3). Without
 * systemd it does nothing. Java has no datagram sockets of the Unix kind, so libc's are called.
 */
public final class SystemdNotifier {

  private static final Logger log = LoggerFactory.getLogger(SystemdNotifier.class);

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int PATH_OFFSET = 2; // after sun_family

  /** What sun_path has room for, with the zero that ends it. */
  private static final int PATH_LIMIT = 108;

  private final @Nullable String socket;

  /**
   * @param socket a path, or a name that begins with {@code @} in Linux's abstract namespace; null
   *     for nobody to tell
   */
  SystemdNotifier(@Nullable String socket) {
    this.socket = socket;
  }

  public static SystemdNotifier fromEnvironment() {
    return new SystemdNotifier(System.getenv("NOTIFY_SOCKET"));
  }

  /** The tower serves. */
  public void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  /** What bitcoind is like, for {@code systemctl status}. */
  public void bitcoind(NodeStatus.State state) {
    send(
        "STATUS="
            + switch (state) {
              case NodeStatus.State.Healthy fine -> "watching";
              case NodeStatus.State.Unavailable(String why) -> "NOT WATCHING: " + why;
              case NodeStatus.State.Unusable(String why) -> "NOT WATCHING: " + why;
            });
  }

  /** The tower is ending, in order. */
  public void stopping() {
    send("STOPPING=1\nSTATUS=stopping");
  }

  private void send(String state) {
    if (socket == null || socket.isEmpty()) {
      return;
    }
    try {
      send(socket, state.getBytes(UTF_8));
    } catch (IOException e) {
      log.warn("cannot tell systemd at {}: {}", socket, e.getMessage());
    }
  }

  private static void send(String name, byte[] message) throws IOException {
    byte[] path = name.getBytes(UTF_8);
    if (path.length >= PATH_LIMIT) {
      throw new IOException("the name of the socket is too long");
    }
    if (path[0] == '@') {
      path[0] = 0;
    }
    boolean isPath = path[0] != 0;
    try (Arena arena = Arena.ofConfined()) {
      // Zero-filled, which ends a path. An abstract name ends where the address does.
      MemorySegment address = arena.allocate(PATH_OFFSET + PATH_LIMIT);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
      int addressLength = PATH_OFFSET + path.length + (isPath ? 1 : 0);
      send(arena.allocateFrom(JAVA_BYTE, message), address, addressLength);
    }
  }

  private static void send(MemorySegment message, MemorySegment address, int addressLength)
      throws IOException {
    int descriptor = Libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC);
    if (descriptor < 0) {
      throw new IOException("no socket to be had");
    }
    try {
      if (Libc.sendto(descriptor, message, address, addressLength) != message.byteSize()) {
        throw new IOException("nobody takes the message");
      }
    } finally {
      Libc.close(descriptor);
    }
  }

  /** The three functions that it takes; bound when first called. */
  private static final class Libc {

    private static final MethodHandle SOCKET =
        function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SENDTO =
        function(
            "sendto",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE =
        function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    @SuppressWarnings("restricted") // the launchers enable native access, for SQLite too
    private static MethodHandle function(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    static int socket(int family, int type) {
      try {
        return (int) SOCKET.invokeExact(family, type, 0);
      } catch (Throwable e) {
        throw new AssertionError("a C function throws nothing", e);
      }
    }

    static long sendto(
        int descriptor, MemorySegment message, MemorySegment address, int addressLength) {
      try {
        return (long)
            SENDTO.invokeExact(descriptor, message, message.byteSize(), 0, address, addressLength);
      } catch (Throwable e) {
        throw new AssertionError("a C function throws nothing", e);
      }
    }

    static void close(int descriptor) {
      try {
        int ignored = (int) CLOSE.invokeExact(descriptor);
      } catch (Throwable e) {
        throw new AssertionError("a C function throws nothing", e);
      }
    }
  }
}
