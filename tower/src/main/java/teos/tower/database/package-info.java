/**
 * Database engine: transactions, group commit, leases, faults. Nothing in it knows a table's rows.
 */
@NullMarked
package teos.tower.database;

import org.jspecify.annotations.NullMarked;
