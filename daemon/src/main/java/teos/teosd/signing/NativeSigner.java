package teos.teosd.signing;

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
import teos.protocol.NativeSecp256k1;
import teos.protocol.PublicKey;
import teos.protocol.RecoverableSignature;
import teos.protocol.SecretKey;
import teos.protocol.Signer;

/**
 * Signer that calls libsecp256k1's {@code ecdsa_sign_recoverable}, which returns the recovery id
 * with the signature. The JNI of secp256k1-kmp does not offer that call, and finding the id by
 * recovering the key, as {@link SecretKey} does, takes twice as long as signing.
 *
 * <p>Calls the library that secp256k1-kmp has loaded. Not available on platforms where that library
 * does not export the functions; on Linux it does. It is not in the module protocol, which supports
 * Java 17, because the calls need Java 22.
 */
@SuppressWarnings("restricted") // native access, as for loading libsecp256k1
public final class NativeSigner implements Signer {

  private static final int CONTEXT_NONE = 1;
  private static final int KEY_LENGTH = 32;
  private static final int SEED_LENGTH = 32;
  private static final int COMPACT_LENGTH = 64;

  /** Bytes of the opaque {@code secp256k1_ecdsa_recoverable_signature}. */
  private static final int OPAQUE_LENGTH = 65;

  private static final Optional<Functions> LOADED = load();

  private final Functions functions;
  private final PublicKey publicKey;
  private final byte[] key;

  /** Functions of libsecp256k1, with a context for all threads. */
  private record Functions(MemorySegment context, MethodHandle sign, MethodHandle serialize) {}

  private NativeSigner(Functions functions, SecretKey key) {
    this.functions = functions;
    this.publicKey = key.publicKey();
    this.key = key.bytes();
  }

  /** Returns the fastest signer with {@code key}: {@code key} itself if there is no other. */
  public static Signer of(SecretKey key) {
    return LOADED.<Signer>map(functions -> new NativeSigner(functions, key)).orElse(key);
  }

  @Override
  public PublicKey publicKey() {
    return publicKey;
  }

  /** Signs with the nonce of RFC 6979. */
  @Override
  public RecoverableSignature sign(byte[] digest) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment secret = arena.allocate(KEY_LENGTH);
      MemorySegment signature = arena.allocate(OPAQUE_LENGTH);
      MemorySegment compact = arena.allocate(COMPACT_LENGTH);
      MemorySegment recoveryId = arena.allocate(JAVA_INT);
      try {
        int success =
            (int)
                functions.sign.invokeExact(
                    functions.context,
                    signature,
                    arena.allocateFrom(JAVA_BYTE, digest),
                    secret.copyFrom(MemorySegment.ofArray(key)),
                    MemorySegment.NULL,
                    MemorySegment.NULL);
        if (success != 1) {
          throw new IllegalStateException("libsecp256k1 cannot sign");
        }
      } finally {
        secret.fill((byte) 0);
      }
      int ignored =
          (int) functions.serialize.invokeExact(functions.context, compact, recoveryId, signature);
      return new RecoverableSignature(compact.toArray(JAVA_BYTE), recoveryId.get(JAVA_INT, 0));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // unreachable: native functions do not throw
    }
  }

  private static Optional<Functions> load() {
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
        new Functions(
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
