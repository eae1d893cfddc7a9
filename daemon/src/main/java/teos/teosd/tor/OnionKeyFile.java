package teos.teosd.tor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import teos.common.DurableFile;

/**
 * The key of an onion service (version 3) on disk, as rust-teos keeps it too: the 64 bytes of an
 * expanded Ed25519 key, scalar first. Only its owner may read it (mode 0600).
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
   * The key as Tor takes it, if there is one.
   *
   * @throws IOException if it cannot be read or is none
   */
  Optional<String> load() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] key = Files.readAllBytes(file);
    if (key.length != SIZE) {
      throw new IOException(
          file
              + " is no key of an onion service: "
              + SIZE
              + " bytes are expected, and it has "
              + key.length);
    }
    return Optional.of(TYPE + Base64.getEncoder().encodeToString(key));
  }

  /**
   * Keeps a key that Tor has made.
   *
   * @throws IOException if it cannot be written
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
      throw new TorException("Tor has made a key that is not understood");
    }
    DurableFile.write(file, bytes, DurableFile.Access.OWNER);
  }
}
