/**
 * Builds the installed image: the three programs with their own Java runtime. Used only by the
 * build; it is not part of the image.
 */
@NullMarked
package teos.dist;

import org.jspecify.annotations.NullMarked;
