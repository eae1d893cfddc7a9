/**
 * The program {@code teos-client}: a user's towers from the command line. It prints tables on a
 * terminal and JSON elsewhere.
 */
@NullMarked
package teos.client.cli;

import org.jspecify.annotations.NullMarked;
