package teos.benchmarks.towers;

import java.net.URI;

/** A running tower in a process of its own. */
public interface MeasuredTower extends AutoCloseable {

  /** Where its public API is. */
  URI api();

  /** Its process. */
  long pid();

  /** Stops it. */
  @Override
  void close();
}
