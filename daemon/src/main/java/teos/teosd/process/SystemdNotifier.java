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
 * Reports the tower's state to systemd, for a unit of {@code Type=notify}: see sd_notify(3). Does
 * nothing without systemd. Java has no Unix datagram sockets, so this calls libc.
 */
public final class SystemdNotifier {

  private static final Logger log = LoggerFactory.getLogger(SystemdNotifier.class);

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int PATH_OFFSET = 2; // after sun_family

  /** Size of sun_path in bytes, including the terminating zero. */
  private static final int PATH_LIMIT = 108;

  private final @Nullable String socket;

  /**
   * @param socket a path, or a name in Linux's abstract namespace, which begins with {@code @};
   *     null without systemd
   */
  SystemdNotifier(@Nullable String socket) {
    this.socket = socket;
  }

  public static SystemdNotifier fromEnvironment() {
    return new SystemdNotifier(System.getenv("NOTIFY_SOCKET"));
  }

  /** Reports that the tower is ready. */
  public void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  /** Reports the state of bitcoind, for {@code systemctl status}. */
  public void bitcoind(NodeStatus.State state) {
    send(
        "STATUS="
            + switch (state) {
              case NodeStatus.State.Healthy healthy -> "watching";
              case NodeStatus.State.Unavailable(String why) -> "NOT WATCHING: " + why;
              case NodeStatus.State.Unusable(String why) -> "NOT WATCHING: " + why;
            });
  }

  /** Reports that the tower is shutting down. */
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
      log.atWarn()
          .addKeyValue("socket", socket)
          .addKeyValue("reason", e.getMessage())
          .log("cannot notify systemd");
    }
  }

  private static void send(String name, byte[] message) throws IOException {
    byte[] path = name.getBytes(UTF_8);
    if (path.length >= PATH_LIMIT) {
      throw new IOException("the name of the socket has more than " + (PATH_LIMIT - 1) + " bytes");
    }
    if (path[0] == '@') {
      path[0] = 0;
    }
    boolean isPath = path[0] != 0;
    try (Arena arena = Arena.ofConfined()) {
      // Zero-filled, which terminates a path. An abstract name ends at the end of the address.
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
      throw new IOException("cannot create a socket");
    }
    try {
      if (Libc.sendto(descriptor, message, address, addressLength) != message.byteSize()) {
        throw new IOException("no process receives from the socket");
      }
    } finally {
      Libc.close(descriptor);
    }
  }

  /** The three libc functions that are needed; linked at the first use. */
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
        throw new AssertionError("a C function throws no exception", e);
      }
    }

    static long sendto(
        int descriptor, MemorySegment message, MemorySegment address, int addressLength) {
      try {
        return (long)
            SENDTO.invokeExact(descriptor, message, message.byteSize(), 0, address, addressLength);
      } catch (Throwable e) {
        throw new AssertionError("a C function throws no exception", e);
      }
    }

    static void close(int descriptor) {
      try {
        int ignored = (int) CLOSE.invokeExact(descriptor);
      } catch (Throwable e) {
        throw new AssertionError("a C function throws no exception", e);
      }
    }
  }
}
