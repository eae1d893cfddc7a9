package teos.benchmarks.towers;

import java.net.URI;

/** Tower running in a separate process. */
public interface MeasuredTower extends AutoCloseable {

  /** Returns the address of its public API. */
  URI api();

  /** Returns its process id. */
  long pid();

  /** Stops the tower. */
  @Override
  void close();
}
