package teos.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Probe of a port that uses TLS with an unexpected certificate: detects by the protocol that it
 * selects in the handshake (ALPN) whether it is a gRPC server. Sends nothing after the handshake.
 */
final class TlsProbe {

  private static final int TIMEOUT_MILLIS = (int) Duration.ofSeconds(5).toMillis();
  private static final String HTTP_2 = "h2"; // the protocol of gRPC

  private TlsProbe() {}

  /** Returns whether the server uses TLS but not gRPC, like the tower's public API. */
  static boolean speaksTlsButNotGrpc(String host, int port) {
    try (Socket connection = new Socket()) {
      connection.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
      connection.setSoTimeout(TIMEOUT_MILLIS);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null);
      try (SSLSocket tls =
          (SSLSocket) context.getSocketFactory().createSocket(connection, host, port, true)) {
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {HTTP_2, "http/1.1"});
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return !HTTP_2.equals(tls.getApplicationProtocol());
      }
    } catch (IOException | GeneralSecurityException e) {
      return false; // unknown
    }
  }

  /** Accepts any certificate, so that the handshake completes; no data is exchanged after it. */
  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // any certificate is accepted: only the protocol matters
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      // any certificate is accepted: only the protocol matters
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      // any certificate is accepted: only the protocol matters
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
