/**
 * JSON as the client writes it into files and reads it strictly: an unknown, missing or doubled
 * field is an error that names it.
 */
@NullMarked
package teos.client.json;

import org.jspecify.annotations.NullMarked;
