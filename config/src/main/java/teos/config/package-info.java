/**
 * What the operator asks of the tower: the flags of the command line, the configuration file of
 * either reference tower, and the defaults, made into one checked {@link Config}.
 */
@NullMarked
package teos.config;

import org.jspecify.annotations.NullMarked;
