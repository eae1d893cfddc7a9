/**
 * The whole tower against a simple model of what it promises, on a simulated chain and a real one.
 */
@NullMarked
package teos.teosd.model;

import org.jspecify.annotations.NullMarked;
