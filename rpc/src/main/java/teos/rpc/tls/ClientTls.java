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
   * Name that the tower's certificate must have, wherever the tower runs: its CA issues
   * certificates only for this tower.
   */
  public static final String SERVER_NAME = "localhost";

  private ClientTls() {}

  /**
   * Returns the operator's credentials from the files of {@code paths}.
   *
   * @throws IOException if a file is missing or cannot be read; the message names it
   */
  public static ChannelCredentials credentials(CertificatePaths paths) throws IOException {
    for (Path file : new Path[] {paths.ca(), paths.client(), paths.clientKey()}) {
      if (!Files.isReadable(file)) {
        throw new IOException(
            Files.exists(file)
                ? "cannot read " + file + ": permission denied"
                : file + " does not exist; the tower creates it when it first starts");
      }
    }
    // Read here so that errors name the file. A KeyStore would spend 0.1 s on encrypting the key.
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
   * Runs the elliptic-curve code of the handshake once on another core while the connection is
   * being set up, because it is slow until the JVM has compiled it.
   */
  private static void warmUp(X509Certificate ca) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                ca.verify(ca.getPublicKey());
              } catch (GeneralSecurityException e) {
                // the handshake checks the certificates
              }
            });
  }
}
