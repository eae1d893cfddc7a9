package teos.tower.responder;

import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import teos.tower.store.Tracker;

/** Makes forecasts for penalties with the current fee estimates and height. Thread-safe. */
public final class Forecaster {

  private final Supplier<FeeEstimates> estimates;
  private final IntSupplier height;

  /**
   * @param estimates returns bitcoind's estimates; none while they are unknown
   * @param height returns the height of the tip
   */
  public Forecaster(Supplier<FeeEstimates> estimates, IntSupplier height) {
    this.estimates = estimates;
    this.height = height;
  }

  /** Returns the forecast for all trackers of an appointment. */
  public ConfirmationForecast forecast(List<Tracker> all) {
    return ConfirmationForecast.of(all, estimates.get(), height.getAsInt());
  }
}
