/**
 * The daemon as a process: data folder, log, signals, exit codes, and running in the background.
 */
@NullMarked
package teos.teosd.process;

import org.jspecify.annotations.NullMarked;
