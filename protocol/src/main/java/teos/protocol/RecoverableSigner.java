package teos.protocol;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * libsecp256k1's {@code ecdsa_sign_recoverable}: it knows the recovery id when it has signed, and
 * its JNI has no way to ask for it. To find it by recovering costs twice what signing does.
 *
 * <p>Called in the library that secp256k1-kmp has loaded. Where that does not show its own
 * functions (it does on Linux), there is none.
 */
@SuppressWarnings("restricted") // as loading libsecp256k1 is
final class RecoverableSigner {

  private static final int CONTEXT_NONE = 1;
  private static final int KEY = 32;
  private static final int SEED = 32;
  private static final int COMPACT = 64;

  /** {@code secp256k1_ecdsa_recoverable_signature}: opaque. */
  private static final int OPAQUE = 65;

  private static final Optional<RecoverableSigner> LOADED = load();

  private final MemorySegment context;
  private final MethodHandle sign;
  private final MethodHandle serialize;

  private RecoverableSigner(MemorySegment context, MethodHandle sign, MethodHandle serialize) {
    this.context = context;
    this.sign = sign;
    this.serialize = serialize;
  }

  /** The one of this process, if its libsecp256k1 allows for one. */
  static Optional<RecoverableSigner> get() {
    return LOADED;
  }

  /**
   * @param rs {@code r || s}, 64 bytes
   * @param recoveryId 0 to 3
   */
  record Signed(byte[] rs, int recoveryId) {}

  /** The signature of {@code digest} by {@code key}, with the nonce of RFC 6979 and a low s. */
  Signed sign(byte[] digest, SecretKey key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment secret = arena.allocate(KEY);
      MemorySegment signature = arena.allocate(OPAQUE);
      MemorySegment compact = arena.allocate(COMPACT);
      MemorySegment recoveryId = arena.allocate(JAVA_INT);
      try {
        int done =
            (int)
                sign.invokeExact(
                    context,
                    signature,
                    arena.allocateFrom(JAVA_BYTE, digest),
                    secret.copyFrom(MemorySegment.ofArray(key.raw())),
                    MemorySegment.NULL,
                    MemorySegment.NULL);
        if (done != 1) {
          throw new IllegalStateException("libsecp256k1 does not sign");
        }
      } finally {
        secret.fill((byte) 0);
      }
      int ignored = (int) serialize.invokeExact(context, compact, recoveryId, signature);
      return new Signed(compact.toArray(JAVA_BYTE), recoveryId.get(JAVA_INT, 0));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // native functions throw nothing
    }
  }

  private static Optional<RecoverableSigner> load() {
    NativeSecp256k1.get(); // loads it
    SymbolLookup library = SymbolLookup.loaderLookup();
    Optional<MemorySegment> create = library.find("secp256k1_context_create");
    Optional<MemorySegment> randomize = library.find("secp256k1_context_randomize");
    Optional<MemorySegment> sign = library.find("secp256k1_ecdsa_sign_recoverable");
    Optional<MemorySegment> serialize =
        library.find("secp256k1_ecdsa_recoverable_signature_serialize_compact");
    if (create.isEmpty() || randomize.isEmpty() || sign.isEmpty() || serialize.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RecoverableSigner(
            newContext(create.get(), randomize.get()),
            function(sign.get(), 6),
            function(serialize.get(), 4)));
  }

  /** A function of {@code count} pointers that gives an int. */
  private static MethodHandle function(MemorySegment address, int count) {
    MemoryLayout[] pointers = new MemoryLayout[count];
    Arrays.fill(pointers, ADDRESS);
    return Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(JAVA_INT, pointers));
  }

  /** One for all threads, blinded against those who measure what signing takes. */
  private static MemorySegment newContext(MemorySegment create, MemorySegment randomize) {
    MethodHandle made =
        Linker.nativeLinker().downcallHandle(create, FunctionDescriptor.of(ADDRESS, JAVA_INT));
    byte[] seed = new byte[SEED];
    new SecureRandom().nextBytes(seed);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment context = (MemorySegment) made.invokeExact(CONTEXT_NONE);
      int done =
          (int) function(randomize, 2).invokeExact(context, arena.allocateFrom(JAVA_BYTE, seed));
      if (done != 1) {
        throw new IllegalStateException("libsecp256k1 has no context to sign in");
      }
      return context;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // native functions throw nothing
    }
  }
}
