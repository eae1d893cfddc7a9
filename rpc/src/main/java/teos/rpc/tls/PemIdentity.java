package teos.rpc.tls;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/**
 * Certificate and key from another program, such as an ACME client or OpenSSL.
 *
 * @param chain the certificate, followed by any intermediate certificates
 * @param key private key of the first certificate
 */
record PemIdentity(List<X509Certificate> chain, PrivateKey key) {

  PemIdentity {
    chain = List.copyOf(chain);
  }

  /**
   * Reads {@code certificate} ({@code CERTIFICATE}, one or more) and {@code key} ({@code PRIVATE
   * KEY}, which is PKCS #8, or OpenSSL's {@code EC PRIVATE KEY} and {@code RSA PRIVATE KEY}).
   *
   * @throws IOException if one of them cannot be read or is invalid, or if they do not belong
   *     together; the message names the file
   */
  static PemIdentity read(Path certificate, Path key) throws IOException {
    PemIdentity identity = new PemIdentity(certificates(certificate), privateKey(key));
    if (!KeyPairs.belong(identity.certificate().getPublicKey(), identity.key)) {
      throw new IOException(key + " is not the key of the first certificate in " + certificate);
    }
    return identity;
  }

  /** Returns the certificate of the key. */
  X509Certificate certificate() {
    return chain.getFirst();
  }

  private static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> chain = new ArrayList<>();
    for (Object object : objects(file)) {
      if (object instanceof X509CertificateHolder holder) {
        try {
          chain.add(new JcaX509CertificateConverter().getCertificate(holder));
        } catch (GeneralSecurityException e) {
          throw new IOException(file + " contains an invalid certificate: " + e.getMessage(), e);
        }
      }
    }
    if (chain.isEmpty()) {
      throw new IOException(file + " contains no certificate; expected PEM");
    }
    return chain;
  }

  private static PrivateKey privateKey(Path file) throws IOException {
    JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
    for (Object object : objects(file)) {
      try {
        switch (object) {
          case PrivateKeyInfo info -> {
            return converter.getPrivateKey(info);
          }
          case PEMKeyPair pair -> {
            return converter.getPrivateKey(pair.getPrivateKeyInfo());
          }
          case PKCS8EncryptedPrivateKeyInfo encrypted -> throw encrypted(file);
          case PEMEncryptedKeyPair encrypted -> throw encrypted(file);
          default -> {
            // such as EC PARAMETERS, which OpenSSL writes before a key
          }
        }
      } catch (RuntimeException | PEMException e) {
        throw new IOException(
            file + " contains an unsupported private key; expected PKCS #8 as PEM", e);
      }
    }
    throw new IOException(file + " contains no private key; expected PKCS #8 as PEM");
  }

  private static IOException encrypted(Path file) {
    return new IOException(
        file + " contains an encrypted private key; expected one without a password");
  }

  private static List<Object> objects(Path file) throws IOException {
    String text = text(file);
    List<Object> objects = new ArrayList<>();
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
        objects.add(next);
      }
    } catch (IOException | RuntimeException e) {
      throw new IOException(file + " is not valid PEM", e);
    }
    return objects;
  }

  private static String text(Path file) throws IOException {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IOException("the file " + file + " does not exist", e);
    } catch (IOException e) {
      throw new IOException("cannot read " + file + ": " + e, e);
    }
  }

  /** Omits the key. */
  @Override
  public String toString() {
    return "PemIdentity[" + certificate().getSubjectX500Principal() + "]";
  }
}
