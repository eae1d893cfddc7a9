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
 * Probe of a port that speaks TLS with a certificate that is not the RPC's: is it a gRPC server at
 * all? Told by the protocol that it agrees to in the handshake (ALPN). Nothing else is sent.
 */
final class TlsProbe {

  private static final int TIMEOUT_MILLIS = (int) Duration.ofSeconds(5).toMillis();
  private static final String HTTP_2 = "h2"; // what gRPC is spoken over

  private TlsProbe() {}

  /** Returns whether what answers there speaks TLS, and no gRPC, as the tower's public API does. */
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
      return false; // nobody knows
    }
  }

  /** Lets the handshake with a stranger end; nothing that it says is believed. */
  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // any certificate will do: only the protocol is asked for
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      // any certificate will do: only the protocol is asked for
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      // any certificate will do: only the protocol is asked for
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
