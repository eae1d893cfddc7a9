package teos.rpc.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Issuer of certificates with P-256 keys, signed by ECDSA with SHA-256. */
final class Issuer {

  /** Validity of a CA certificate. */
  static final Duration CA_VALIDITY = Duration.ofDays(20 * 365);

  /** Validity of the certificate of either side. */
  static final Duration VALIDITY = Duration.ofDays(2 * 365);

  /** Start of validity before now, for peers whose clock is slow. */
  private static final Duration BACKDATED = Duration.ofDays(1);

  private static final int SERIAL_BITS = 127;

  /** Names in rust-teos's certificates, and the loopback addresses. */
  private static final GeneralNames LOCAL_NAMES =
      new GeneralNames(
          new GeneralName[] {
            new GeneralName(GeneralName.dNSName, "teos"),
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
            new GeneralName(GeneralName.iPAddress, "::1")
          });

  private final SecureRandom random;
  private final Instant now;

  Issuer(SecureRandom random, Instant now) {
    this.random = random;
    this.now = now;
  }

  KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  /** Returns a new CA with a new key. */
  Identity newCa() throws GeneralSecurityException, IOException {
    KeyPair key = newKey();
    X500Name name = new X500Name("CN=teos Root CA");
    SubjectKeyIdentifier id =
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic());
    return new Identity(selfSigned(name, key.getPublic(), id, key.getPrivate()), key.getPrivate());
  }

  /**
   * Returns {@code ca} with a later expiry. Its key stays the same, so that peers that trust the
   * old certificate accept what the new one signs.
   */
  Identity renewed(Identity ca) throws GeneralSecurityException, IOException {
    return new Identity(
        selfSigned(subject(ca), ca.certificate().getPublicKey(), keyIdentifier(ca), ca.key()),
        ca.key());
  }

  private X509Certificate selfSigned(
      X500Name name, PublicKey key, SubjectKeyIdentifier id, PrivateKey signer)
      throws GeneralSecurityException, IOException {
    X509v3CertificateBuilder builder = builder(name, name, key, CA_VALIDITY);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    builder.addExtension(Extension.subjectKeyIdentifier, false, id);
    return signed(builder, signer);
  }

  /** Returns a certificate, issued by {@code ca}, for one side of the connection. */
  X509Certificate issue(Identity ca, String commonName, PublicKey key, KeyPurposeId purpose)
      throws GeneralSecurityException, IOException {
    X509v3CertificateBuilder builder =
        builder(subject(ca), new X500Name("CN=" + commonName), key, VALIDITY);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
    builder.addExtension(Extension.subjectAlternativeName, false, LOCAL_NAMES);
    // Only the key's identifier: with the CA's serial number, as is usual, peers would reject this
    // certificate after the CA is renewed.
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(keyIdentifier(ca).getKeyIdentifier()));
    return signed(builder, ca.key());
  }

  /** Returns the identifier in the CA's certificate, or that of its key if there is none. */
  private static SubjectKeyIdentifier keyIdentifier(Identity ca) throws GeneralSecurityException {
    SubjectKeyIdentifier stored =
        SubjectKeyIdentifier.fromExtensions(
            new JcaX509CertificateHolder(ca.certificate()).getExtensions());
    return stored == null
        ? new JcaX509ExtensionUtils().createSubjectKeyIdentifier(ca.certificate().getPublicKey())
        : stored;
  }

  private X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, PublicKey key, Duration validity) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, random),
        Date.from(now.minus(BACKDATED)),
        Date.from(now.plus(validity)),
        subject,
        key);
  }

  private static X500Name subject(Identity ca) {
    return X500Name.getInstance(ca.certificate().getSubjectX500Principal().getEncoded());
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException("cannot sign with the CA's key; expected an EC key", e);
    }
  }
}
