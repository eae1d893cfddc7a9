/** Load generator for any running tower, and its statistics. */
@NullMarked
package teos.benchmarks.load;

import org.jspecify.annotations.NullMarked;
