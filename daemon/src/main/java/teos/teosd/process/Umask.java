package teos.teosd.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * Sets the umask of the process by umask(2), which Java does not offer. It applies to every file
 * that the process creates, also by SQLite and the log.
 */
public final class Umask {

  private static final int OWNER_ONLY = 0077;

  private Umask() {}

  /** Makes all files and folders that the process creates from now on private to their owner. */
  @SuppressWarnings("restricted") // the launchers enable native access, for SQLite too
  public static void ownerOnly() {
    Linker linker = Linker.nativeLinker();
    MethodHandle umask =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("umask"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    try {
      int ignored = (int) umask.invokeExact(OWNER_ONLY);
    } catch (Throwable e) {
      throw new AssertionError("a C function throws no exception", e);
    }
  }
}
