package teos.client.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Certificates to trust for {@code https}, instead of the system's. */
public record TrustedCertificates(List<X509Certificate> certificates) {

  public TrustedCertificates {
    certificates = List.copyOf(certificates);
  }

  /**
   * Reads one or more certificates in PEM: the tower's own, or that of the authority that has
   * signed it.
   *
   * @throws IOException if the file does not exist, cannot be read or contains no certificate
   */
  public static TrustedCertificates read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder; a file with certificates in PEM is expected");
    }
    List<X509Certificate> certificates = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      CertificateFactory.getInstance("X.509")
          .generateCertificates(in)
          .forEach(certificate -> certificates.add((X509Certificate) certificate));
    } catch (CertificateException e) {
      throw new IOException(file + " is not a certificate in PEM", e);
    }
    if (certificates.isEmpty()) {
      throw new IOException(file + " contains no certificate");
    }
    return new TrustedCertificates(certificates);
  }

  X509TrustManager trustManager() {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry(Integer.toString(i), certificates.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          return x509;
        }
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime cannot verify X.509 certificates", e);
    }
    throw new IllegalStateException("this Java runtime cannot verify X.509 certificates");
  }
}
