package teos.protocol;

import fr.acinq.secp256k1.Secp256k1;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Loader of the native library libsecp256k1. All code must get the library here: secp256k1-kmp
 * reports a library that cannot be loaded like an invalid key, without the reason.
 */
public final class NativeSecp256k1 {

  /**
   * System property with the library's folder. If it is not set, secp256k1-kmp unpacks the library
   * into the temporary folder.
   */
  private static final String FOLDER_PROPERTY = "fr.acinq.secp256k1.lib.path";

  private static final Optional<NativeLibraryException> FAILURE =
      load(System.getProperty(FOLDER_PROPERTY));

  private NativeSecp256k1() {}

  /**
   * Returns the library.
   *
   * @throws NativeLibraryException if it cannot be loaded
   */
  public static Secp256k1 get() {
    if (FAILURE.isPresent()) {
      NativeLibraryException failure = FAILURE.get();
      throw new NativeLibraryException(String.valueOf(failure.getMessage()), failure);
    }
    return Secp256k1.get();
  }

  @SuppressWarnings("restricted") // the launchers enable native access
  static Optional<NativeLibraryException> load(@Nullable String folder) {
    try {
      if (folder != null) {
        System.load(folder + "/" + System.mapLibraryName("secp256k1-jni"));
      }
      // Call it as well: secp256k1-kmp only prints the error if it cannot load the library.
      boolean ignored = Secp256k1.get().secKeyVerify(new byte[SecretKey.LENGTH]);
      return Optional.empty();
    } catch (Exception | LinkageError e) {
      String why = folder == null ? advice() : ": " + reason(e);
      return Optional.of(
          new NativeLibraryException("cannot load the native library libsecp256k1" + why, e));
    }
  }

  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static String advice() {
    return ". It is unpacked into "
        + System.getProperty("java.io.tmpdir")
        + ", which must not be mounted noexec. To use another folder, set"
        + " TEOS_JAVA_OPTS=-Djava.io.tmpdir=FOLDER";
  }
}
