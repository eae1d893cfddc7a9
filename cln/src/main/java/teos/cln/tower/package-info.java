/** The registered towers, each with a loop that sends its queue. */
@NullMarked
package teos.cln.tower;

import org.jspecify.annotations.NullMarked;
