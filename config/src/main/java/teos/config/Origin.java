package teos.config;

import java.nio.file.Path;

/** Source of a value, for messages. */
sealed interface Origin {

  /** Returns a description for use within a sentence. */
  String describe();

  /** Flag on the command line. */
  record Flag(String flag) implements Origin {
    @Override
    public String describe() {
      return flag;
    }
  }

  /** Environment variable. */
  record Variable(String name) implements Origin {
    @Override
    public String describe() {
      return name;
    }
  }

  /**
   * Line of a configuration file.
   *
   * @param line counted from 1; 0 if it is not known
   */
  record FileLine(Path file, int line) implements Origin {
    @Override
    public String describe() {
      return line > 0 ? file + ", line " + line : file.toString();
    }
  }
}
