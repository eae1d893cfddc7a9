/** The public HTTP API: both dialects over the same paths. */
@NullMarked
package teos.teosd.http;

import org.jspecify.annotations.NullMarked;
