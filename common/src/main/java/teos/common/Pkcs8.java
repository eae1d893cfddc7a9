package teos.common;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * Encoding of secp256k1 secret keys as PKCS #8 (RFC 5208) in DER, with the inner key as in RFC
 * 5915: {@code SEQUENCE { 0, SEQUENCE { ecPublicKey, secp256k1 }, OCTET STRING { SEQUENCE { 1,
 * OCTET STRING key, ... } } }}. Without a library: an ASN.1 library takes longer to load than all
 * other work of a client.
 */
final class Pkcs8 {

  private static final int SEQUENCE = 0x30;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int PUBLIC_KEY = 0xa1;

  /** The object identifiers 1.2.840.10045.2.1 and 1.3.132.0.10, each with tag and length. */
  private static final byte[] EC_SECP256K1 =
      HexFormat.of().parseHex("06072a8648ce3d020106052b8104000a");

  private Pkcs8() {}

  /** Encodes {@code key}, with its compressed public key. */
  static byte[] encode(SecretKey key) {
    byte[] secret = key.bytes();
    byte[] point = new byte[1 + PublicKey.LENGTH]; // first byte: number of unused bits, 0
    System.arraycopy(key.publicKey().bytes(), 0, point, 1, PublicKey.LENGTH);
    byte[] inner =
        wrap(
            SEQUENCE,
            wrap(INTEGER, new byte[] {1}),
            wrap(OCTET_STRING, secret),
            wrap(PUBLIC_KEY, wrap(BIT_STRING, point)));
    byte[] der =
        wrap(
            SEQUENCE,
            wrap(INTEGER, new byte[] {0}),
            wrap(SEQUENCE, EC_SECP256K1),
            wrap(OCTET_STRING, inner));
    Arrays.fill(secret, (byte) 0);
    Arrays.fill(inner, (byte) 0);
    return der;
  }

  /**
   * Decodes a key.
   *
   * @throws IllegalArgumentException if {@code der} is malformed, or a key on another curve
   */
  static SecretKey decode(byte[] der) {
    ByteBuffer file = ByteBuffer.wrap(der);
    ByteBuffer all = unwrap(SEQUENCE, file);
    if (file.hasRemaining()) {
      throw new IllegalArgumentException("extra bytes at the end");
    }
    unwrap(INTEGER, all);
    ByteBuffer algorithm = unwrap(SEQUENCE, all);
    if (!algorithm.equals(ByteBuffer.wrap(EC_SECP256K1))) {
      throw new IllegalArgumentException("not a secp256k1 key");
    }
    ByteBuffer inner = unwrap(SEQUENCE, unwrap(OCTET_STRING, all));
    unwrap(INTEGER, inner);
    ByteBuffer number = unwrap(OCTET_STRING, inner);
    // Some programs omit leading zeros, others add some.
    while (number.remaining() > SecretKey.LENGTH && number.get(number.position()) == 0) {
      number.get();
    }
    if (number.remaining() > SecretKey.LENGTH) {
      throw new IllegalArgumentException("the key has more than 32 bytes");
    }
    byte[] secret = new byte[SecretKey.LENGTH];
    int length = number.remaining();
    number.get(secret, SecretKey.LENGTH - length, length);
    try {
      return new SecretKey(secret);
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static byte[] wrap(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    if (content.size() > 0x7f) {
      all.write(0x81); // the length follows in one byte
    }
    all.write(content.size()); // at most 135 here
    all.writeBytes(content.toByteArray());
    return all.toByteArray();
  }

  private static ByteBuffer unwrap(int tag, ByteBuffer from) {
    if (from.remaining() < 2 || (from.get() & 0xff) != tag) {
      throw new IllegalArgumentException("expected tag " + tag);
    }
    int length = from.get() & 0xff;
    if (length > 0x7f) {
      int bytes = length & 0x7f;
      if (bytes < 1 || bytes > 2 || from.remaining() < bytes) {
        throw new IllegalArgumentException("invalid length");
      }
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) | (from.get() & 0xff);
      }
    }
    if (length > from.remaining()) {
      throw new IllegalArgumentException("truncated");
    }
    ByteBuffer content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }
}
