/** The HTTP side: a tower's address, the proxy to it, what it answers and what that means. */
@NullMarked
package teos.client.wire;

import org.jspecify.annotations.NullMarked;
