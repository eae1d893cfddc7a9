/**
 * The protocol of lnd's watchtower clients: the messages that go over BOLT 8's transport, one in
 * each of its. Source: lnd's package {@code watchtower/wtwire}.
 */
@NullMarked
package teos.wtwire;

import org.jspecify.annotations.NullMarked;
