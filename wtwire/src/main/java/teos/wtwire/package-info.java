/**
 * Wire protocol of lnd's watchtower clients. Each message is sent as one message of BOLT 8's
 * transport. Source: lnd's package {@code watchtower/wtwire}.
 */
@NullMarked
package teos.wtwire;

import org.jspecify.annotations.NullMarked;
