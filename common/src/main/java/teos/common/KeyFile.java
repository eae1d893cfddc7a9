package teos.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import teos.protocol.SecretKey;

/**
 * File with a secp256k1 secret key: PKCS #8 in DER, mode 0600, as python-teos stores the keys of
 * its tower ({@code teos_sk.der}) and its client ({@code user_sk.der}).
 */
public final class KeyFile {

  private final Path file;
  private final String description;

  /**
   * @param description of the key for messages, for example {@code the tower's key}
   */
  public KeyFile(Path file, String description) {
    this.file = file;
    this.description = description;
  }

  /** Returns whether the file exists. */
  public boolean exists() {
    return Files.exists(file);
  }

  /**
   * Reads the key.
   *
   * @throws IOException if the file cannot be read, or is not a secp256k1 key; the message has its
   *     path
   */
  public SecretKey load() throws IOException {
    byte[] der = read();
    try {
      return Pkcs8.decode(der);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          file + " is not " + description + ": expected a secp256k1 key as PKCS #8 in DER", e);
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private byte[] read() throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException(description + " is not in " + file, e);
    } catch (IOException e) {
      throw new IOException(
          "cannot read " + description + " in " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Generates a key and writes it; replaces a key that exists.
   *
   * @throws IOException if the file cannot be written; an old key is kept
   */
  public SecretKey create(SecureRandom random) throws IOException {
    SecretKey key = SecretKey.generate(random);
    store(key);
    return key;
  }

  /**
   * Writes {@code key}; replaces a key that exists.
   *
   * @throws IOException if the file cannot be written; an old key is kept
   */
  public void store(SecretKey key) throws IOException {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      DurableFile.write(file, Pkcs8.encode(key), DurableFile.Access.OWNER);
    } catch (IOException e) {
      throw new IOException(
          "cannot write " + description + " to " + file + ": " + e.getMessage(), e);
    }
  }
}
