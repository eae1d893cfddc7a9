/**
 * Database engine: transactions, group commit, leases and faults, for SQLite and PostgreSQL. It
 * knows only its own tables (commit counter, lease, schema history); users, appointments and
 * trackers are tables of {@code teos.tower.store}.
 *
 * <p><b>How a write becomes durable.</b> A caller passes its work to {@link
 * teos.tower.database.Database#write} and blocks. One thread ({@code GroupCommit}) takes all writes
 * that are waiting, runs them in one transaction and commits it, which on SQLite appends to the
 * write-ahead log but does not wait for the disk. A second thread ({@code CommitSyncer}) then syncs
 * the log with one fsync for the whole group and writes the number of the commit to the counter
 * file, while the first thread already runs the next transaction. Only after that do the callers
 * return, so a receipt is signed and sent only for what a power cut cannot undo. If a sync fails,
 * the callers get an exception instead, and nothing is written until the tower is restarted. On
 * PostgreSQL the commit itself waits for the server's disk, and there is no second step. At the
 * next start, a database that is behind the counter file has lost commits and is not opened.
 */
@NullMarked
package teos.tower.database;

import org.jspecify.annotations.NullMarked;
