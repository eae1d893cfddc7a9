/**
 * Training runs of the programs, in which the JVM records the classes that they load and link. The
 * simulated bitcoind here serves only these runs; tests use a real one.
 */
@NullMarked
package teos.dist.training;

import org.jspecify.annotations.NullMarked;
