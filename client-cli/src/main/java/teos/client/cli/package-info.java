/**
 * The program {@code teos-client}: a user's towers from the command line. For people where its
 * output is a terminal, and JSON where it is not.
 */
@NullMarked
package teos.client.cli;

import org.jspecify.annotations.NullMarked;
