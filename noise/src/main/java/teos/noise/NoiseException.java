package teos.noise;

import java.io.IOException;

/**
 * Thrown if the other side does not speak BOLT 8, or if its bytes were modified. The connection
 * cannot be used any further.
 */
public final class NoiseException extends IOException {

  private static final long serialVersionUID = 1L;

  NoiseException(String message) {
    super(message);
  }
}
