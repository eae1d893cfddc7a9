/** Benchmarks. They assert no times, because machines differ. */
@NullMarked
package teos.benchmarks;

import org.jspecify.annotations.NullMarked;
