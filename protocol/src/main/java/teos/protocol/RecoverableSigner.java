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
 * Signer that calls libsecp256k1's {@code ecdsa_sign_recoverable}, which returns the recovery id
 * with the signature. The JNI of secp256k1-kmp does not offer that call, and finding the id by
 * recovering the key takes twice as long as signing.
 *
 * <p>Calls the library that secp256k1-kmp has loaded. Not available on platforms where that library
 * does not export the functions; on Linux it does.
 */
@SuppressWarnings("restricted") // native access, as for loading libsecp256k1
final class RecoverableSigner {

  private static final int CONTEXT_NONE = 1;
  private static final int KEY_LENGTH = 32;
  private static final int SEED_LENGTH = 32;
  private static final int COMPACT_LENGTH = 64;

  /** Bytes of the opaque {@code secp256k1_ecdsa_recoverable_signature}. */
  private static final int OPAQUE_LENGTH = 65;

  private static final Optional<RecoverableSigner> LOADED = load();

  private final MemorySegment context;
  private final MethodHandle sign;
  private final MethodHandle serialize;

  private RecoverableSigner(MemorySegment context, MethodHandle sign, MethodHandle serialize) {
    this.context = context;
    this.sign = sign;
    this.serialize = serialize;
  }

  /** Returns the signer of this process; empty if libsecp256k1 does not export the functions. */
  static Optional<RecoverableSigner> get() {
    return LOADED;
  }

  /**
   * Signature with its recovery id.
   *
   * @param rs {@code r || s}, 64 bytes, each number big-endian
   * @param recoveryId 0 to 3
   */
  record RecoverableSignature(byte[] rs, int recoveryId) {}

  /**
   * Signs {@code digest} (32 bytes) with {@code key}, with the nonce of RFC 6979 and a low s.
   *
   * @throws IllegalStateException if libsecp256k1 fails
   */
  RecoverableSignature sign(byte[] digest, SecretKey key) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment secret = arena.allocate(KEY_LENGTH);
      MemorySegment signature = arena.allocate(OPAQUE_LENGTH);
      MemorySegment compact = arena.allocate(COMPACT_LENGTH);
      MemorySegment recoveryId = arena.allocate(JAVA_INT);
      try {
        int success =
            (int)
                sign.invokeExact(
                    context,
                    signature,
                    arena.allocateFrom(JAVA_BYTE, digest),
                    secret.copyFrom(MemorySegment.ofArray(key.raw())),
                    MemorySegment.NULL,
                    MemorySegment.NULL);
        if (success != 1) {
          throw new IllegalStateException("libsecp256k1 cannot sign");
        }
      } finally {
        secret.fill((byte) 0);
      }
      int ignored = (int) serialize.invokeExact(context, compact, recoveryId, signature);
      return new RecoverableSignature(compact.toArray(JAVA_BYTE), recoveryId.get(JAVA_INT, 0));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // unreachable: native functions do not throw
    }
  }

  private static Optional<RecoverableSigner> load() {
    NativeSecp256k1.get(); // loads the library
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

  /** Returns a handle of a function with {@code parameters} pointers that returns an int. */
  private static MethodHandle function(MemorySegment address, int parameters) {
    MemoryLayout[] pointers = new MemoryLayout[parameters];
    Arrays.fill(pointers, ADDRESS);
    return Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(JAVA_INT, pointers));
  }

  /** Returns a context for all threads, randomized (blinded) against side-channel attacks. */
  private static MemorySegment newContext(MemorySegment create, MemorySegment randomize) {
    MethodHandle createContext =
        Linker.nativeLinker().downcallHandle(create, FunctionDescriptor.of(ADDRESS, JAVA_INT));
    byte[] seed = new byte[SEED_LENGTH];
    new SecureRandom().nextBytes(seed);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment context = (MemorySegment) createContext.invokeExact(CONTEXT_NONE);
      int success =
          (int) function(randomize, 2).invokeExact(context, arena.allocateFrom(JAVA_BYTE, seed));
      if (success != 1) {
        throw new IllegalStateException("libsecp256k1 cannot create a context");
      }
      return context;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // unreachable: native functions do not throw
    }
  }
}
