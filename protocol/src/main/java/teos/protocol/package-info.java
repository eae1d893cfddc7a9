/**
 * What the tower and its clients say to each other, byte for byte: appointments, locators, blobs,
 * signatures and receipts of dialect v1 (python-teos) and dialect v2 (rust-teos). Nothing in here
 * does I/O or keeps state.
 */
@NullMarked
package teos.protocol;

import org.jspecify.annotations.NullMarked;
