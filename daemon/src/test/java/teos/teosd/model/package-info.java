/**
 * Tests of the whole tower against a simple model of its guarantees, on a simulated chain and on a
 * real one.
 */
@NullMarked
package teos.teosd.model;

import org.jspecify.annotations.NullMarked;
