package teos.config;

import java.nio.file.Path;

/** Where a value was given, for messages. */
sealed interface Origin {

  /** For the middle of a sentence. */
  String describe();

  /** On the command line. */
  record Flag(String flag) implements Origin {
    @Override
    public String describe() {
      return flag;
    }
  }

  /** In an environment variable. */
  record Variable(String name) implements Origin {
    @Override
    public String describe() {
      return name;
    }
  }

  /**
   * In a configuration file.
   *
   * @param line from 1; 0 if it is not known
   */
  record FileLine(Path file, int line) implements Origin {
    @Override
    public String describe() {
      return line > 0 ? file + ", line " + line : file.toString();
    }
  }
}
