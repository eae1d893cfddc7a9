package teos.teosd;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.util.BigIntegers;
import teos.protocol.SecretKey;

/**
 * The tower's key on disk: PKCS #8 in DER with a secp256k1 key in it, the file {@code teos_sk.der}
 * of python-teos. Only its owner may read it (mode 0600).
 */
public final class KeyFile {

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path file;

  public KeyFile(Path file) {
    this.file = file;
  }

  /** Whether there is a key. */
  public boolean exists() {
    return Files.exists(file);
  }

  /**
   * Reads the key.
   *
   * @throws StartupException if it cannot be read, or is not a secp256k1 key
   */
  public SecretKey load() throws StartupException {
    try {
      PrivateKeyInfo info = PrivateKeyInfo.getInstance(Files.readAllBytes(file));
      ECPrivateKey key = ECPrivateKey.getInstance(info.parsePrivateKey());
      return new SecretKey(BigIntegers.asUnsignedByteArray(SecretKey.LENGTH, key.getKey()));
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.KEY, "cannot read the tower's key in " + file + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new StartupException(
          ExitCode.KEY,
          file + " is not the tower's key: a secp256k1 key as PKCS #8 in DER is expected",
          e);
    }
  }

  /**
   * Makes a new key and writes it, over one that is there.
   *
   * @throws StartupException if it cannot be written; what was there is still there then
   */
  public SecretKey create(SecureRandom random) throws StartupException {
    SecretKey key = SecretKey.generate(random);
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path fresh =
          Files.createTempFile(
              folder, "teos_sk", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      Files.write(fresh, der(key), StandardOpenOption.SYNC);
      Files.move(
          fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return key;
    } catch (IOException e) {
      throw new StartupException(
          ExitCode.KEY, "cannot write the tower's key to " + file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] der(SecretKey key) throws IOException {
    byte[] secret = key.bytes();
    try {
      ECPrivateKey inner =
          new ECPrivateKey(
              8 * SecretKey.LENGTH,
              new BigInteger(1, secret),
              new DERBitString(key.publicKey().bytes()),
              null);
      return new PrivateKeyInfo(
              new AlgorithmIdentifier(
                  X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256k1),
              inner)
          .getEncoded("DER");
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }
}
