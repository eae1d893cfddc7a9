package teos.tower.store;

/**
 * Tracker with its transactions, as it is stored first.
 *
 * @param disputeTx the revoked commitment transaction, raw
 * @param penaltyTx the penalty transaction, raw
 */
public record NewTracker(Tracker tracker, byte[] disputeTx, byte[] penaltyTx) {}
