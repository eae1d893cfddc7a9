/**
 * Code that several programs share: durable files, keys, the terminal, the version, periodic tasks.
 */
@NullMarked
package teos.common;

import org.jspecify.annotations.NullMarked;
