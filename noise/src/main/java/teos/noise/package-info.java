/**
 * BOLT 8: encrypted and authenticated transport between Lightning nodes, each identified by a
 * secp256k1 key ({@code Noise_XK_secp256k1_ChaChaPoly_SHA256}).
 */
@NullMarked
package teos.noise;

import org.jspecify.annotations.NullMarked;
