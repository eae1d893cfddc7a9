package teos.tower.store;

/**
 * Tracker that is stored for the first time, with its transactions.
 *
 * @param tracker the tracker
 * @param disputeTx raw revoked commitment transaction
 * @param penaltyTx raw penalty transaction
 */
public record NewTracker(Tracker tracker, byte[] disputeTx, byte[] penaltyTx) {}
