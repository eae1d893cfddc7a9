package teos.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import teos.protocol.SecretKey;

/**
 * A secp256k1 key on disk: PKCS #8 in DER, as python-teos keeps its tower's ({@code teos_sk.der})
 * and its client's ({@code user_sk.der}). Only its owner may read it (mode 0600).
 */
public final class KeyFile {

  private final Path file;
  private final String what;

  /**
   * @param what whose key it is, for messages, such as {@code the tower's key}
   */
  public KeyFile(Path file, String what) {
    this.file = file;
    this.what = what;
  }

  /** Whether there is a key. */
  public boolean exists() {
    return Files.exists(file);
  }

  /**
   * Reads the key.
   *
   * @throws IOException if it cannot be read, or is not a secp256k1 key; the message says which
   *     file
   */
  public SecretKey load() throws IOException {
    byte[] der = read();
    try {
      return Pkcs8.decode(der);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          file + " is not " + what + ": a secp256k1 key as PKCS #8 in DER is expected", e);
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private byte[] read() throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException(what + " is not in " + file, e);
    } catch (IOException e) {
      throw new IOException("cannot read " + what + " in " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Makes a new key and writes it, over one that is there.
   *
   * @throws IOException if it cannot be written; what was there is still there then
   */
  public SecretKey create(SecureRandom random) throws IOException {
    SecretKey key = SecretKey.generate(random);
    store(key);
    return key;
  }

  /**
   * Writes {@code key}, over one that is there.
   *
   * @throws IOException if it cannot be written; what was there is still there then
   */
  public void store(SecretKey key) throws IOException {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      DurableFile.write(file, Pkcs8.encode(key), DurableFile.Access.OWNER);
    } catch (IOException e) {
      throw new IOException("cannot write " + what + " to " + file + ": " + e.getMessage(), e);
    }
  }
}
