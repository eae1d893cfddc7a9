/** Measured towers: java-teos, and the reference towers if they are installed. */
@NullMarked
package teos.benchmarks.towers;

import org.jspecify.annotations.NullMarked;
