package teos.client.wire;

import java.nio.file.Path;
import java.util.Optional;

/** The tower has been seen to do wrong. */
public final class MisbehavingException extends TowerException {

  private static final long serialVersionUID = 1L;

  private final transient Optional<Path> proof;

  public MisbehavingException(String message, Optional<Path> proof) {
    super(message, null);
    this.proof = proof;
  }

  /** The file of the proof; none if the wrong was done by a tower that is not known yet. */
  public Optional<Path> proof() {
    return proof;
  }
}
