package teos.teosd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import teos.rpc.tls.CertificateFiles;
import teos.rpc.tls.CertificateFolder;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ServerTls;

class TimedTlsTest {

  @TempDir Path files;

  private SSLServerSocket server;

  private void listen(Duration patience) throws Exception {
    ServerTls.start(new CertificateFolder(new CertificatePaths(files)), InstantSource.system())
        .close();
    SSLContext context =
        CertificateFiles.read(
                files.resolve("server.pem"), files.resolve("server-key.pem"), InstantSource.system())
            .context();
    server =
        (SSLServerSocket)
            TimedTls.of(context, patience)
                .getServerSocketFactory()
                .createServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  /** Whoever it is: this is not about whom a client trusts. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private Socket connect() throws Exception {
    return new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  @Test
  void whoSaysNothingIsNotWaitedForForEver() throws Exception {
    listen(Duration.ofMillis(300));
    try (Socket silent = connect();
        SSLSocket accepted = (SSLSocket) server.accept()) {
      assertThat(silent.isConnected()).isTrue();
      assertThatThrownBy(accepted::startHandshake).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void whoShakesHandsIsServed() throws Exception {
    listen(Duration.ofMinutes(1));
    CompletableFuture<Integer> heard = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try (SSLSocket accepted = (SSLSocket) server.accept()) {
            heard.complete(accepted.getInputStream().read());
          } catch (Exception e) {
            heard.completeExceptionally(e);
          }
        });
    SSLContext any = SSLContext.getInstance("TLS");
    any.init(null, new TrustManager[] {new Anybody()}, null);
    try (Socket socket =
        any.getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
      socket.getOutputStream().write(42);
      assertThat(heard.get()).isEqualTo(42);
    }
  }
}
