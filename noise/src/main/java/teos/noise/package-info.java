/**
 * BOLT 8: an encrypted and authenticated transport between two Lightning nodes, each of which is
 * known by its secp256k1 key ({@code Noise_XK_secp256k1_ChaChaPoly_SHA256}).
 */
@NullMarked
package teos.noise;

import org.jspecify.annotations.NullMarked;
