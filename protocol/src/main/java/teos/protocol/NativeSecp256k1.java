package teos.protocol;

import fr.acinq.secp256k1.Secp256k1;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * libsecp256k1, which keys and signatures need. Asked for here it is loaded once, or refused with
 * the reason: elsewhere a library that cannot be loaded looks like a key that is not valid.
 */
public final class NativeSecp256k1 {

  /**
   * The folder that it is in; without it secp256k1-kmp unpacks it into the folder for temporary
   * files.
   */
  private static final String FOLDER = "fr.acinq.secp256k1.lib.path";

  private static final Optional<NativeLibraryException> FAILURE = load(System.getProperty(FOLDER));

  private NativeSecp256k1() {}

  /**
   * The library.
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
      // A call, too: secp256k1-kmp prints why it cannot load the library, and goes on.
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
        + ", which must not be mounted noexec; TEOS_JAVA_OPTS=-Djava.io.tmpdir=FOLDER chooses"
        + " another folder";
  }
}
