package teos.rpc.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates from other programs in real handshakes. */
@Timeout(900)
class CertificateFilesTest {

  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir Path folder;

  private Issuer issuer;
  private Identity ca;
  private Path certificate;
  private Path key;

  @BeforeEach
  void setUp() throws Exception {
    issuer = new Issuer(new SecureRandom(), Instant.now());
    ca = issuer.newCa();
    certificate = folder.resolve("cert.pem");
    key = folder.resolve("key.pem");
  }

  private static KeyPair keyPair(String algorithm) throws Exception {
    return generator(algorithm).generateKeyPair();
  }

  private static KeyPairGenerator generator(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    switch (algorithm) {
      case "EC" -> generator.initialize(256);
      case "RSA" -> generator.initialize(2048); // the default, 3072, takes seconds
      default -> {}
    }
    return generator;
  }

  private X509Certificate issued(String name, KeyPair pair) throws Exception {
    return issuer.issue(ca, name, pair.getPublic(), KeyPurposeId.id_kp_serverAuth);
  }

  private static String pem(Object... objects) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      for (Object object : objects) {
        writer.writeObject(object);
      }
    }
    return text.toString();
  }

  /**
   * Returns a key in OpenSSL's older formats, SEC 1 and PKCS #1, whose PEM type names the
   * algorithm.
   */
  private static PemObject toOpensslFormat(PrivateKey key) throws IOException {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(key.getEncoded());
    if (key instanceof RSAPrivateKey) {
      return new PemObject(
          "RSA PRIVATE KEY", info.parsePrivateKey().toASN1Primitive().getEncoded());
    }
    BigInteger secret = ((java.security.interfaces.ECPrivateKey) key).getS();
    ECPrivateKey sec1 =
        new ECPrivateKey(256, secret, info.getPrivateKeyAlgorithm().getParameters());
    return new PemObject("EC PRIVATE KEY", sec1.getEncoded());
  }

  /** Writes a new certificate, followed by its CA, and its new key to the files. */
  private X509Certificate renew(String name) throws Exception {
    KeyPair pair = keyPair("EC");
    X509Certificate fresh = issued(name, pair);
    Files.writeString(certificate, pem(fresh, ca.certificate()));
    Files.writeString(key, pem(new JcaPKCS8Generator(pair.getPrivate(), null)));
    return fresh;
  }

  private CertificateFiles read() throws IOException {
    return CertificateFiles.read(certificate, key, CLOCK);
  }

  /** Returns the chain that a client receives that trusts the CA and checks the host name. */
  private X509Certificate[] receivedChain(CertificateFiles files, String protocol)
      throws Exception {
    try (SSLServerSocket server =
        (SSLServerSocket)
            files
                .context()
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread acceptor =
          Thread.startVirtualThread(
              () -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                  socket.getOutputStream().write(1);
                } catch (IOException e) {
                  // the client reports the failure
                }
              });
      try (SSLSocket socket =
          (SSLSocket)
              trusting().getSocketFactory().createSocket("localhost", server.getLocalPort())) {
        socket.setEnabledProtocols(new String[] {protocol});
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        assertThat(socket.getInputStream().read()).isEqualTo(1);
        return (X509Certificate[]) socket.getSession().getPeerCertificates();
      } finally {
        acceptor.join();
      }
    }
  }

  private SSLContext trusting() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("ca", ca.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @ParameterizedTest
  @CsvSource({
    "EC, TLSv1.3, true",
    "EC, TLSv1.2, false",
    "RSA, TLSv1.3, true",
    "RSA, TLSv1.2, false",
    "Ed25519, TLSv1.3, true",
    "Ed25519, TLSv1.2, true"
  })
  void acceptsKeysOfEachKind(String algorithm, String protocol, boolean pkcs8) throws Exception {
    KeyPair pair = keyPair(algorithm);
    X509Certificate issued = issued(algorithm, pair);
    Files.writeString(certificate, pem(issued, ca.certificate()));
    Files.writeString(
        key,
        pkcs8
            ? pem(new JcaPKCS8Generator(pair.getPrivate(), null))
            : pem(toOpensslFormat(pair.getPrivate())));
    try (CertificateFiles files = read()) {
      assertThat(receivedChain(files, protocol)).containsExactly(issued, ca.certificate());
    }
  }

  @Test
  void skipsParametersBeforeTheKey() throws Exception {
    X509Certificate issued = renew("one");
    Files.writeString(
        key,
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
            + Files.readString(key));
    try (CertificateFiles files = read()) {
      assertThat(receivedChain(files, "TLSv1.3")[0]).isEqualTo(issued);
    }
  }

  @Test
  void newConnectionsUseRenewedFiles() throws Exception {
    X509Certificate first = renew("first");
    try (CertificateFiles files = read()) {
      assertThat(receivedChain(files, "TLSv1.3")[0]).isEqualTo(first);
      X509Certificate second = renew("second");
      files.look();
      assertThat(receivedChain(files, "TLSv1.3")[0]).isEqualTo(second);
      assertThat(receivedChain(files, "TLSv1.2")[0]).isEqualTo(second);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "empty", "key of another", "half"})
  void invalidFiles_keepThePreviousCertificate(String how) throws Exception {
    X509Certificate first = renew("first");
    try (CertificateFiles files = read()) {
      spoil(how);
      files.look();
      files.look();
      assertThat(receivedChain(files, "TLSv1.3")[0]).isEqualTo(first);
      X509Certificate second = renew("second");
      files.look();
      assertThat(receivedChain(files, "TLSv1.3")[0]).isEqualTo(second);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "none, does not exist",
    "empty, contains no certificate",
    "key of another, is not the key of",
    "half, is not valid PEM",
    "no key, contains no private key",
    "broken key, is not valid PEM",
    "strange key, contains an unsupported private key",
    "encrypted, contains an encrypted private key"
  })
  void read_invalidFiles_fails(String how, String why) throws Exception {
    renew("first");
    spoil(how);
    assertThatThrownBy(this::read)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why)
        .hasMessageContaining(folder.toString());
  }

  private void spoil(String how) throws Exception {
    String whole = Files.readString(certificate);
    switch (how) {
      case "none" -> Files.delete(certificate);
      case "empty" -> Files.writeString(certificate, "");
      case "half" -> Files.writeString(certificate, whole.substring(0, whole.length() / 3));
      case "key of another" ->
          Files.writeString(key, pem(new JcaPKCS8Generator(keyPair("EC").getPrivate(), null)));
      case "no key" -> Files.writeString(key, whole);
      case "broken key" ->
          Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
      case "strange key" ->
          Files.writeString(
              key,
              pem(
                  new PrivateKeyInfo(
                      new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.3")),
                      new DEROctetString(new byte[32]))));
      case "encrypted" ->
          Files.writeString(
              key,
              pem(
                  new JcaPKCS8Generator(
                      keyPair("EC").getPrivate(),
                      new JceOpenSSLPKCS8EncryptorBuilder(JcaPKCS8Generator.AES_256_CBC)
                          .setProvider(new BouncyCastleProvider())
                          .setPassword("secret".toCharArray())
                          .build())));
      default -> throw new IllegalArgumentException(how);
    }
  }

  @Test
  void acceptsExpiredCertificate() throws Exception {
    X509Certificate first = renew("first");
    Instant after = first.getNotAfter().toInstant().plus(Duration.ofDays(1));
    // The client decides whether to accept it; a tower that does not start would watch nothing.
    try (CertificateFiles files = CertificateFiles.read(certificate, key, () -> after)) {
      assertThat(receivedChain(files, "TLSv1.3")[0]).isEqualTo(first);
    }
  }
}
