package teos.client;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import teos.protocol.SecretKey;

/** Writes key files in the format of python-teos's client. */
final class TestKeys {

  private TestKeys() {}

  static void write(Path file, SecretKey key) throws IOException {
    AlgorithmIdentifier algorithm =
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256k1);
    ECPrivateKey inner = new ECPrivateKey(256, new BigInteger(1, key.bytes()));
    Files.write(file, new PrivateKeyInfo(algorithm, inner).getEncoded("DER"));
  }
}
