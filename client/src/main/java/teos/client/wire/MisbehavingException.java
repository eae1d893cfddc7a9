package teos.client.wire;

import java.nio.file.Path;
import java.util.Optional;

/** Thrown when the tower misbehaves. */
public final class MisbehavingException extends TowerException {

  private static final long serialVersionUID = 1L;

  private final transient Optional<Path> proof;

  public MisbehavingException(String message, Optional<Path> proof) {
    super(message, null);
    this.proof = proof;
  }

  /**
   * Returns the file of the proof; empty if the user is not registered with the tower or the
   * response came from another address than the saved one.
   */
  public Optional<Path> proof() {
    return proof;
  }
}
