/** Code that several programs share: durable files, key files, the terminal, the version. */
@NullMarked
package teos.common;

import org.jspecify.annotations.NullMarked;
