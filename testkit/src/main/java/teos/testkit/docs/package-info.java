/** Parser for the documentation pages that tests check. */
@NullMarked
package teos.testkit.docs;

import org.jspecify.annotations.NullMarked;
