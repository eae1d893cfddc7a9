package teos.justice;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Plaintext of a blob. Source: lnd's {@code blob.JusticeKit}. Layout with the length of each field
 * in bytes, integers big-endian:
 *
 * <table>
 * <caption>Layout of the two versions</caption>
 * <tr><th>field</th><th>legacy and anchor</th><th>taproot</th></tr>
 * <tr><td>length of the sweep script</td><td>1</td><td>1</td></tr>
 * <tr><td>sweep script, padded with zeros</td><td>42</td><td>42</td></tr>
 * <tr><td>revocation public key</td><td>33</td><td>32, x-only</td></tr>
 * <tr><td>delayed public key of to_local</td><td>33</td><td>32, x-only</td></tr>
 * <tr><td>CSV delay of to_local in blocks</td><td>4</td><td></td></tr>
 * <tr><td>signature of to_local</td><td>64</td><td>64</td></tr>
 * <tr><td>hash of the leaf with the delay</td><td></td><td>32</td></tr>
 * <tr><td>public key of to_remote, or zeros</td><td>33</td><td>33</td></tr>
 * <tr><td>signature of to_remote</td><td>64</td><td>64</td></tr>
 * <tr><td>total</td><td>274</td><td>300</td></tr>
 * </table>
 *
 * @param sweepScript output script of the client that receives the funds
 * @param revocationKey public key of the penalty path of to_local
 * @param delayedKey public key of the delayed path of to_local
 * @param delay CSV delay of to_local in blocks, unsigned; 0 for taproot
 * @param toLocalSignature {@code r || s} for ECDSA, BIP 340 for taproot
 * @param delayHash hash of the tapleaf with the delay, for taproot; empty otherwise
 * @param toRemoteKey compressed public key; if it is not, to_remote is not swept
 * @param toRemoteSignature as {@code toLocalSignature}
 */
record JusticeKit(
    byte[] sweepScript,
    byte[] revocationKey,
    byte[] delayedKey,
    int delay,
    byte[] toLocalSignature,
    byte[] delayHash,
    byte[] toRemoteKey,
    byte[] toRemoteSignature) {

  private static final int MAX_SCRIPT_LENGTH = 42;
  private static final int COMPRESSED_KEY_LENGTH = 33;
  private static final int X_ONLY_KEY_LENGTH = 32;
  private static final int SIGNATURE_LENGTH = 64;
  private static final int HASH_LENGTH = 32;

  /** Returns whether the justice transaction sweeps to_remote as well. */
  boolean hasToRemote() {
    return toRemoteKey.length == COMPRESSED_KEY_LENGTH
        && (toRemoteKey[0] == 2 || toRemoteKey[0] == 3);
  }

  /**
   * Decodes a justice kit.
   *
   * @throws JusticeException if its length is not that of {@code commitment}, or the sweep script
   *     is too long
   */
  static JusticeKit decode(byte[] bytes, CommitmentType commitment) throws JusticeException {
    if (bytes.length != commitment.kitLength) {
      throw new JusticeException(
          "a kit of " + bytes.length + " bytes, expected " + commitment.kitLength);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int length = Byte.toUnsignedInt(in.get());
    if (length > MAX_SCRIPT_LENGTH) {
      throw new JusticeException(
          "a sweep script of " + length + " bytes, expected up to " + MAX_SCRIPT_LENGTH);
    }
    byte[] script = Arrays.copyOf(read(in, MAX_SCRIPT_LENGTH), length);
    boolean taproot = commitment.isTaproot();
    int keyLength = taproot ? X_ONLY_KEY_LENGTH : COMPRESSED_KEY_LENGTH;
    return new JusticeKit(
        script,
        read(in, keyLength),
        read(in, keyLength),
        taproot ? 0 : in.getInt(),
        read(in, SIGNATURE_LENGTH),
        read(in, taproot ? HASH_LENGTH : 0),
        read(in, COMPRESSED_KEY_LENGTH),
        read(in, SIGNATURE_LENGTH));
  }

  private static byte[] read(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
