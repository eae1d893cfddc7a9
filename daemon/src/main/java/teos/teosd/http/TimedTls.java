package teos.teosd.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TLS context whose server sockets do not wait for ever for a client's next bytes. Helidon gives a
 * connection to {@link Connections} after its handshake only, and sets it no timeout before: whoever
 * connected and said nothing would keep it.
 */
final class TimedTls extends SSLContext {

  private static final Logger log = LoggerFactory.getLogger(TimedTls.class);

  private TimedTls(SSLContext context, Duration patience) {
    super(new Timed(context, patience), context.getProvider(), context.getProtocol());
  }

  /**
   * @param patience with which each read of an accepted socket waits
   */
  static SSLContext of(SSLContext context, Duration patience) {
    return new TimedTls(context, patience);
  }

  private static final class Timed extends SSLContextSpi {
    private final SSLContext context;
    private final Duration patience;

    Timed(SSLContext context, Duration patience) {
      this.context = context;
      this.patience = patience;
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return new Factory(context, patience);
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trusted,
        @Nullable SecureRandom random) {
      throw new IllegalStateException("it is initialized");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return context.getSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return context.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return context.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return context.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return context.getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return context.getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return context.getSupportedSSLParameters();
    }
  }

  private static final class Factory extends SSLServerSocketFactory {
    private final SSLContext context;
    private final Duration patience;

    Factory(SSLContext context, Duration patience) {
      this.context = context;
      this.patience = patience;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
      return new Listener(context, patience);
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
      return createServerSocket(port, 0, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
      return createServerSocket(port, backlog, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress address)
        throws IOException {
      ServerSocket socket = createServerSocket();
      socket.bind(new InetSocketAddress(address, port), backlog);
      return socket;
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return context.getDefaultSSLParameters().getCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return context.getSupportedSSLParameters().getCipherSuites();
    }
  }

  /** Accepts plain connections, and puts TLS over them: what is accepted has its timeout by then. */
  private static final class Listener extends SSLServerSocket {
    private final SSLContext context;
    private final Duration patience;
    private SSLParameters parameters;
    private boolean creates = true;

    Listener(SSLContext context, Duration patience) throws IOException {
      this.context = context;
      this.patience = patience;
      this.parameters = context.getDefaultSSLParameters();
    }

    /** One that is gone again is passed over: to Helidon, a failure here is the listener's end. */
    @Override
    public Socket accept() throws IOException {
      while (true) {
        Socket plain = new Socket();
        implAccept(plain);
        try {
          return overTls(plain);
        } catch (IOException | RuntimeException e) {
          log.debug("a connection was gone at once", e);
          plain.close();
        }
      }
    }

    private SSLSocket overTls(Socket plain) throws IOException {
      plain.setSoTimeout((int) patience.toMillis());
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, null, true); // the server's side
      socket.setSSLParameters(parameters);
      socket.setEnableSessionCreation(creates);
      return socket;
    }

    @Override
    public SSLParameters getSSLParameters() {
      return parameters;
    }

    @Override
    public void setSSLParameters(SSLParameters given) {
      parameters = given;
    }

    @Override
    public String[] getEnabledCipherSuites() {
      return parameters.getCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
      parameters.setCipherSuites(suites);
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return context.getSupportedSSLParameters().getCipherSuites();
    }

    @Override
    public String[] getSupportedProtocols() {
      return context.getSupportedSSLParameters().getProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
      return parameters.getProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
      parameters.setProtocols(protocols);
    }

    @Override
    public void setNeedClientAuth(boolean need) {
      parameters.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
      return parameters.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
      parameters.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
      return parameters.getWantClientAuth();
    }

    @Override
    public void setUseClientMode(boolean mode) {
      if (mode) {
        throw new IllegalArgumentException("a server's");
      }
    }

    @Override
    public boolean getUseClientMode() {
      return false;
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
      creates = flag;
    }

    @Override
    public boolean getEnableSessionCreation() {
      return creates;
    }
  }
}
