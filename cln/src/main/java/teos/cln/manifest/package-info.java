/**
 * What the plugin and lightningd tell each other at the start: {@code getmanifest} and {@code
 * init}.
 */
@NullMarked
package teos.cln.manifest;

import org.jspecify.annotations.NullMarked;
