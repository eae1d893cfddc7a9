/** JUnit extensions: real parts whose life is that of a test class. */
@NullMarked
package teos.testkit.junit;

import org.jspecify.annotations.NullMarked;
