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

/** Certificates that towers over {@code https} are trusted by, in place of the system's. */
public record TrustedCertificates(List<X509Certificate> certificates) {

  public TrustedCertificates {
    certificates = List.copyOf(certificates);
  }

  /**
   * Reads one or more certificates, in PEM: the tower's own, or that of who has signed it.
   *
   * @throws IOException if there is no such file, it cannot be read, or it holds nothing of the
   *     kind
   */
  public static TrustedCertificates read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder; the file with the certificates is expected");
    }
    List<X509Certificate> certificates = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      CertificateFactory.getInstance("X.509")
          .generateCertificates(in)
          .forEach(one -> certificates.add((X509Certificate) one));
    } catch (CertificateException e) {
      throw new IOException(file + " is not a certificate in PEM", e);
    }
    if (certificates.isEmpty()) {
      throw new IOException(file + " holds no certificate");
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
      throw new IllegalStateException("this Java cannot check certificates", e);
    }
    throw new IllegalStateException("this Java cannot check certificates");
  }
}
