/**
 * The tower's configuration: flags of the command line, environment variables, the configuration
 * file of either reference tower and the defaults, merged into one checked {@link Config}.
 */
@NullMarked
package teos.config;

import org.jspecify.annotations.NullMarked;
