package teos.justice;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What is in a blob. In bytes, numbers big-endian:
 *
 * <table>
 * <caption>the two versions</caption>
 * <tr><th>field</th><th>legacy and anchor</th><th>taproot</th></tr>
 * <tr><td>length of the sweep script</td><td>1</td><td>1</td></tr>
 * <tr><td>sweep script, zeroes after it</td><td>42</td><td>42</td></tr>
 * <tr><td>revocation key</td><td>33</td><td>32, x only</td></tr>
 * <tr><td>delayed key of to_local</td><td>33</td><td>32, x only</td></tr>
 * <tr><td>delay of to_local, blocks</td><td>4</td><td></td></tr>
 * <tr><td>signature of to_local</td><td>64</td><td>64</td></tr>
 * <tr><td>hash of the delay's leaf</td><td></td><td>32</td></tr>
 * <tr><td>key of to_remote, or none</td><td>33</td><td>33</td></tr>
 * <tr><td>signature of to_remote</td><td>64</td><td>64</td></tr>
 * <tr><td>together</td><td>274</td><td>300</td></tr>
 * </table>
 *
 * @param delay of to_local in blocks, unsigned; 0 for taproot, which has {@code delayHash}
 * @param delayHash empty where there is {@code delay}
 * @param toRemoteKey compressed, or anything else: then to_remote is not swept
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

  private static final int MAX_SCRIPT = 42;
  private static final int COMPRESSED = 33;
  private static final int X_ONLY = 32;
  private static final int SIGNATURE = 64;
  private static final int HASH = 32;

  /** Whether to_remote is to be swept, too. */
  boolean hasToRemote() {
    return toRemoteKey.length == COMPRESSED && (toRemoteKey[0] == 2 || toRemoteKey[0] == 3);
  }

  static JusticeKit decode(byte[] bytes, CommitmentType commitment) throws JusticeException {
    if (bytes.length != commitment.kitLength) {
      throw new JusticeException(
          "a kit of " + bytes.length + " bytes, not " + commitment.kitLength);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int length = Byte.toUnsignedInt(in.get());
    if (length > MAX_SCRIPT) {
      throw new JusticeException("a sweep script of " + length + " bytes, over " + MAX_SCRIPT);
    }
    byte[] script = Arrays.copyOf(take(in, MAX_SCRIPT), length);
    boolean taproot = commitment.isTaproot();
    int key = taproot ? X_ONLY : COMPRESSED;
    return new JusticeKit(
        script,
        take(in, key),
        take(in, key),
        taproot ? 0 : in.getInt(),
        take(in, SIGNATURE),
        take(in, taproot ? HASH : 0),
        take(in, COMPRESSED),
        take(in, SIGNATURE));
  }

  private static byte[] take(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
