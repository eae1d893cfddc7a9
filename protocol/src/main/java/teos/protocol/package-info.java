/**
 * Byte formats of the protocol between tower and client (BOLT 13 draft): appointments, locators,
 * blobs, signatures and receipts of dialect v1 (python-teos) and dialect v2 (rust-teos). Without
 * I/O and without state.
 */
@NullMarked
package teos.protocol;

import org.jspecify.annotations.NullMarked;
