package teos.rpc.tls;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;

/** The operator's side of mutual TLS. */
public final class ClientTls {

  /**
   * The name that the tower's certificate is checked for, wherever the tower is: its CA signs for
   * nobody else.
   */
  public static final String SERVER_NAME = "localhost";

  private ClientTls() {}

  /**
   * The files of {@code paths}.
   *
   * @throws IOException if a file is missing or cannot be read; the message says which
   */
  public static ChannelCredentials credentials(CertificatePaths paths) throws IOException {
    for (Path file : new Path[] {paths.ca(), paths.client(), paths.clientKey()}) {
      if (!Files.isReadable(file)) {
        throw new IOException(
            Files.exists(file)
                ? "cannot read " + file + ": permission denied"
                : file + " is not there: it is made when the tower first starts");
      }
    }
    // Read here, so that what is wrong with a file is told by its name; and not through a KeyStore,
    // which spends a tenth of a second on encrypting the key with a password.
    warmUp(PemFiles.certificate(paths.ca()));
    AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
    identity.updateIdentityCredentials(
        new X509Certificate[] {PemFiles.certificate(paths.client())},
        PemFiles.key(paths.clientKey()));
    return TlsChannelCredentials.newBuilder()
        .trustManager(paths.ca().toFile())
        .keyManager(identity)
        .build();
  }

  /**
   * The handshake's elliptic-curve arithmetic is slow until it has been compiled. A JVM that has
   * just started has another core idle, which does the first of it while the connection is being
   * made.
   */
  private static void warmUp(X509Certificate ca) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                ca.verify(ca.getPublicKey());
              } catch (GeneralSecurityException e) {
                // whether the tower's certificate is by this CA is found out in the handshake
              }
            });
  }
}
