/** Towers that are measured: ours, and the reference ones where somebody has them. */
@NullMarked
package teos.benchmarks.towers;

import org.jspecify.annotations.NullMarked;
