package teos.client.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import teos.client.json.JsonText;
import teos.client.json.MalformedException;
import teos.common.DurableFile;

/** Reads and writes the folder's JSON files. */
final class JsonFile {

  static final String SUFFIX = ".json";

  private JsonFile() {}

  /** Parses the text of a file. */
  interface Parser<T> {
    T parse(String text) throws MalformedException;
  }

  /**
   * Reads a file; empty if it does not exist.
   *
   * @throws IOException if it cannot be read or parsed
   */
  static <T> Optional<T> read(Path file, Parser<T> parser) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(parser.parse(text));
    } catch (MalformedException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  /** Replaces a file atomically and syncs it. Only its owner may read it. */
  static void write(Path file, ObjectNode json) throws IOException {
    DurableFile.write(file, JsonText.fileBytes(json), DurableFile.Access.OWNER);
  }
}
