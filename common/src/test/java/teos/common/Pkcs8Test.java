package teos.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Test;
import teos.protocol.SecretKey;

/** Compares the encoding with that of Bouncy Castle. */
class Pkcs8Test {

  private static SecretKey key(byte[] bytes) {
    byte[] secret = bytes.clone();
    secret[0] &= 0x7f; // below the order of the curve
    secret[31] |= 1; // and not zero
    return new SecretKey(secret);
  }

  private static byte[] byBouncyCastle(SecretKey key) throws Exception {
    ECPrivateKey inner =
        new ECPrivateKey(
            256, new BigInteger(1, key.bytes()), new DERBitString(key.publicKey().bytes()), null);
    return new PrivateKeyInfo(
            new AlgorithmIdentifier(
                X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256k1),
            inner)
        .getEncoded("DER");
  }

  @Property
  void encode_sameAsBouncyCastle(@ForAll @Size(32) byte[] bytes) throws Exception {
    assertThat(Pkcs8.encode(key(bytes))).isEqualTo(byBouncyCastle(key(bytes)));
  }

  @Property
  void decode_encoded_returnsTheKey(@ForAll @Size(32) byte[] bytes) {
    assertThat(Pkcs8.decode(Pkcs8.encode(key(bytes))).bytes()).isEqualTo(key(bytes).bytes());
  }

  /** coincurve, which python-teos uses, writes the uncompressed public key. */
  @Test
  void decode_keyOfPythonTeos() {
    String secret = "872cb8bc3d848db1b15c164154fe1a4a7f18471eb4907e11d7a974ffdabc8652";
    String der =
        "308184020100301006072a8648ce3d020106052b8104000a046d306b0201010420"
            + secret
            + "a144034200"
            + "04"
            + "11".repeat(64);
    assertThat(HexFormat.of().formatHex(Pkcs8.decode(HexFormat.of().parseHex(der)).bytes()))
        .isEqualTo(secret);
  }

  @Property
  void decode_truncatedOrExtended_throws(@ForAll @IntRange(max = 134) int length) {
    byte[] der = Pkcs8.encode(SecretKey.generate(new SecureRandom()));
    int end = Math.min(length, der.length - 1);
    assertThatThrownBy(() -> Pkcs8.decode(Arrays.copyOf(der, end)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Pkcs8.decode(Arrays.copyOf(der, der.length + 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void decode_randomBytes_throws(@ForAll byte[] noise) {
    assertThatThrownBy(() -> Pkcs8.decode(noise)).isInstanceOf(IllegalArgumentException.class);
  }
}
