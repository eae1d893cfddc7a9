package teos.teosd.tor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import teos.common.DurableFile;

/**
 * Key file of a version 3 onion service, in rust-teos's format: the 64 bytes of an expanded Ed25519
 * key, scalar first. Only the owner can read it (mode 0600).
 */
final class OnionKeyFile {

  static final String NAME = "onion_v3_sk";

  private static final int SIZE = 64;
  private static final String TYPE = "ED25519-V3:";

  private final Path file;

  OnionKeyFile(Path dataDir) {
    this.file = dataDir.resolve(NAME);
  }

  /**
   * Returns the key in Tor's format; empty if there is no file.
   *
   * @throws IOException if the file cannot be read or is not a key
   */
  Optional<String> load() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] key = Files.readAllBytes(file);
    if (key.length != SIZE) {
      throw new IOException(
          file
              + " is not the key of an onion service: expected "
              + SIZE
              + " bytes, found "
              + key.length);
    }
    return Optional.of(TYPE + Base64.getEncoder().encodeToString(key));
  }

  /**
   * Stores a key that Tor has generated.
   *
   * @throws IOException if the key has an unknown format, or the file cannot be written
   */
  void store(String key) throws IOException {
    byte[] bytes;
    try {
      bytes =
          key.startsWith(TYPE)
              ? Base64.getDecoder().decode(key.substring(TYPE.length()))
              : new byte[0];
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    if (bytes.length != SIZE) {
      throw new TorException("Tor generated a key of an unknown format");
    }
    DurableFile.write(file, bytes, DurableFile.Access.OWNER);
  }
}
