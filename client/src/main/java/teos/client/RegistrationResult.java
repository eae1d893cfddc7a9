package teos.client;

import teos.client.store.KnownTower;

/**
 * A registration that the tower has signed.
 *
 * @param tower as it is saved now
 * @param sent what became of the appointments that waited
 */
public record RegistrationResult(KnownTower tower, SendReport sendReport) {}
