package teos.teosd.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * The process's umask: umask(2), which Java has no call for. With it whatever makes a file, such as
 * SQLite or the log, makes it for its owner only.
 */
public final class Umask {

  private static final int OWNER_ONLY = 0077;

  private Umask() {}

  /** Has all files and folders that the process makes from now on be their owner's only. */
  @SuppressWarnings("restricted") // the launchers enable native access, for SQLite too
  public static void ownerOnly() {
    Linker linker = Linker.nativeLinker();
    MethodHandle umask =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("umask"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    try {
      int ignored = (int) umask.invokeExact(OWNER_ONLY);
    } catch (Throwable e) {
      throw new AssertionError("a C function throws nothing", e);
    }
  }
}
