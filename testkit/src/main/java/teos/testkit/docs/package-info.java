/** The pages of the documentation, as the tests read them. */
@NullMarked
package teos.testkit.docs;

import org.jspecify.annotations.NullMarked;
