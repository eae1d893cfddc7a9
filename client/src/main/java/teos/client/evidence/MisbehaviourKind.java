package teos.client.evidence;

import java.util.Locale;

/** Kinds of misbehaviour that a client can detect. */
public enum MisbehaviourKind {
  /** A receipt for an appointment is not signed by the tower. */
  WRONG_SIGNATURE,
  /** A registration is not signed by the tower. */
  WRONG_REGISTRATION,
  /** The tower has lost an appointment that it has signed for. */
  FORGOT,
  /** The tower has another appointment than it has signed for. */
  ALTERED;

  /** Returns the form used in files and file names, such as {@code wrong_signature}. */
  public String fileText() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException if {@code text} is not a kind
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
