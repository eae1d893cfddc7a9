package teos.noise;

import java.io.IOException;

/**
 * The other side does not speak BOLT 8, or somebody has changed what it sent. The connection is
 * lost.
 */
public final class NoiseException extends IOException {

  private static final long serialVersionUID = 1L;

  NoiseException(String message) {
    super(message);
  }
}
