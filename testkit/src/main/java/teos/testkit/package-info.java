/**
 * Real parts for the tests of a watchtower, such as a bitcoind on regtest ({@link
 * teos.testkit.Bitcoind}) and Lightning channels with a breach and its penalty ({@link
 * teos.testkit.LightningChannel}).
 */
@NullMarked
package teos.testkit;

import org.jspecify.annotations.NullMarked;
