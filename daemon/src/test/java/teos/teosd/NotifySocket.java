package teos.teosd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** systemd's end of the notification socket ({@code sd_notify}). */
public final class NotifySocket implements AutoCloseable {

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final long MAX_MESSAGE_BYTES = 4096;

  private final int descriptor;

  private NotifySocket(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Listens at {@code name}: a path, or with a leading {@code @} an abstract name. */
  public static NotifySocket bind(String name) throws Throwable {
    byte[] path = (name.startsWith("@") ? "\0" + name.substring(1) : name + "\0").getBytes(UTF_8);
    int descriptor =
        (int)
            function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT))
                .invokeExact(AF_UNIX, SOCK_DGRAM, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(2 + path.length);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, 2, path.length);
      int result =
          (int)
              function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT))
                  .invokeExact(descriptor, address, 2 + path.length);
      if (result != 0) {
        throw new IllegalStateException("cannot bind " + name);
      }
    }
    return new NotifySocket(descriptor);
  }

  /** Returns the next pending message, or an empty string. */
  public String poll() throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(MAX_MESSAGE_BYTES);
      long length =
          (long)
              function(
                      "recv",
                      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT))
                  .invokeExact(descriptor, message, MAX_MESSAGE_BYTES, MSG_DONTWAIT);
      return length < 0 ? "" : new String(message.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
    }
  }

  @SuppressWarnings("restricted") // calls libc
  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  @Override
  public void close() {
    try {
      int ignored =
          (int)
              function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT)).invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
