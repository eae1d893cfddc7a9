/**
 * Runs the programs once, so that the JVM can write down what they load and link. What plays the
 * bitcoind in it is good for that only: tests have a real one.
 */
@NullMarked
package teos.dist.training;

import org.jspecify.annotations.NullMarked;
