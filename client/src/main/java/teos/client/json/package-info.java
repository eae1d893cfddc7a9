/** Strict JSON: an unknown, missing or duplicate field is an error that names the field. */
@NullMarked
package teos.client.json;

import org.jspecify.annotations.NullMarked;
