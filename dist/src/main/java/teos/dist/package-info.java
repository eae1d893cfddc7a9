/**
 * Makes what is installed: the three programs with a Java runtime of their own. Runs in the build
 * only, and is in nothing that it makes.
 */
@NullMarked
package teos.dist;

import org.jspecify.annotations.NullMarked;
