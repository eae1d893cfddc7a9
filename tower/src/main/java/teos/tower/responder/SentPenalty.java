package teos.tower.responder;

import teos.tower.store.Tracker;

/**
 * A penalty that was broadcast.
 *
 * @param tracker its tracker as it was before
 * @param result result of the broadcast
 */
record SentPenalty(Tracker tracker, BroadcastResult result) {}
