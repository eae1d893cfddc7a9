/** Many appointments sent to a running tower, whichever it is, and how it answers them. */
@NullMarked
package teos.benchmarks.load;

import org.jspecify.annotations.NullMarked;
