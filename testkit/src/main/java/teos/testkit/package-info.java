/**
 * What a watchtower's tests need of the world: a real bitcoind on regtest ({@link
 * teos.testkit.Bitcoind}), and Lightning channels with a breach and its penalty ({@link
 * teos.testkit.LightningChannel}).
 */
@NullMarked
package teos.testkit;

import org.jspecify.annotations.NullMarked;
