/** What several programs share: files that must not be lost, keys, the terminal, the version. */
@NullMarked
package teos.common;

import org.jspecify.annotations.NullMarked;
