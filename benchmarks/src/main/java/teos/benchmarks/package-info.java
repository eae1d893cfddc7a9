/** What is measured, and never asserted: machines differ. */
@NullMarked
package teos.benchmarks;

import org.jspecify.annotations.NullMarked;
