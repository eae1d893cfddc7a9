package teos.client.evidence;

import java.util.Locale;

/** What a tower can be seen to do wrong. */
public enum MisbehaviourKind {
  /** A receipt for an appointment is signed, and not by the tower. */
  WRONG_SIGNATURE,
  /** A receipt for a registration is signed, and not by the tower. */
  WRONG_REGISTRATION,
  /** The tower does not know an appointment that it has signed for. */
  FORGOT,
  /** The tower has another appointment than the one that it has signed for. */
  ALTERED;

  /** As in files and in their names, such as {@code wrong_signature}. */
  public String fileText() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException if {@code text} is none of them
   */
  static MisbehaviourKind parse(String text) {
    for (MisbehaviourKind kind : values()) {
      if (kind.fileText().equals(text)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(text);
  }
}
