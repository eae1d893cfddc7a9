package teos.client;

import teos.client.store.KnownTower;

/**
 * A registration that the tower has signed.
 *
 * @param tower the tower as saved after the queue was sent
 * @param sendReport result of sending the queue
 */
public record RegistrationResult(KnownTower tower, SendReport sendReport) {}
