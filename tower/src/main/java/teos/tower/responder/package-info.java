/**
 * Answers breaches: broadcasts penalties and follows them until no reorg can undo them.
 *
 * <p><b>Threading.</b> Three kinds of threads call the {@link teos.tower.responder.Responder}: the
 * responder's thread with blocks, reorgs and the mempool, in the order of the chain; the watcher's
 * threads with breaches; and the daemon's with lifecycle calls. The rebroadcaster's thread sends
 * penalties again and applies all broadcast results; it gives way to first broadcasts, which run in
 * the threads of the watcher. {@code LookBack}, {@code RetryTriggers} and {@code NodeQueries}'
 * uptime belong to the rebroadcaster's thread, changes of {@code ChainProgress} to the responder's.
 * All other state is in the database: each change reloads its trackers in its own transaction and
 * gives up if another thread was first, so no lock is held during a call to bitcoind.
 */
@NullMarked
package teos.tower.responder;

import org.jspecify.annotations.NullMarked;
