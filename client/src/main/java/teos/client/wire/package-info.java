/** HTTP requests to towers: addresses, proxy, TLS, responses and errors. */
@NullMarked
package teos.client.wire;

import org.jspecify.annotations.NullMarked;
