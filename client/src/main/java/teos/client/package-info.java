/**
 * A wallet's watchtower client. {@link teos.client.TowerClient} is the way in: it encrypts, signs,
 * sends, checks every receipt, keeps it on disk, and sends again what a tower has not taken yet.
 */
@NullMarked
package teos.client;

import org.jspecify.annotations.NullMarked;
