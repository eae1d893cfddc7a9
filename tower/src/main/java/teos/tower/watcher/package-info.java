/**
 * Finds the disputes of appointments, in blocks and in the mempool.
 *
 * <p><b>Threading.</b> The watcher's thread processes blocks and reorgs in the order of the chain,
 * and mempool changes between them; it alone changes {@code LocatorCache} and fills {@code
 * MempoolScanner}'s index. The threads of users' requests call {@link
 * teos.tower.watcher.Watcher#checkRecent} and read both, which are synchronized. {@code
 * RecentDisputes} has its own thread, which reads the disputes of late appointments; {@code
 * RecentDisputeReader} belongs to it. {@code BreachSearch} is stateless and runs in all of these
 * threads: if two of them find the same appointment, the responder stores its tracker once.
 */
@NullMarked
package teos.tower.watcher;

import org.jspecify.annotations.NullMarked;
