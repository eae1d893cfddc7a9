package teos.client.wire;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;
import teos.client.evidence.RecordedResponse;
import teos.client.json.JsonText;

/** HTTP client for requests to towers. */
public final class Http implements AutoCloseable {

  /** Larger than the list of locators of any subscription that a tower would send. */
  private static final long MAX_RESPONSE_BYTES = 16L << 20;

  private static final MediaType JSON = MediaType.get("application/json");

  private final OkHttpClient client;
  private final boolean proxied;

  /**
   * @param proxy SOCKS5 proxy; if empty, connections are direct, also if the system has a proxy
   * @param trusted certificates to trust instead of the system's
   * @param timeout limit for connecting and for each request as a whole
   */
  public Http(Optional<SocksProxy> proxy, Optional<TrustedCertificates> trusted, Duration timeout) {
    this.proxied = proxy.isPresent();
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            // Ignore the system's proxies.
            .proxy(proxy.map(SocksProxy::toProxy).orElse(Proxy.NO_PROXY))
            .connectTimeout(timeout)
            .readTimeout(timeout)
            .writeTimeout(timeout)
            .callTimeout(timeout)
            // A tower does not redirect, so a redirect comes from another server.
            .followRedirects(false)
            .followSslRedirects(false);
    trusted.ifPresent(certificates -> trust(builder, certificates.trustManager()));
    this.client = builder.build();
  }

  private static void trust(OkHttpClient.Builder builder, X509TrustManager trusted) {
    try {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, new TrustManager[] {trusted}, null);
      builder.sslSocketFactory(tls.getSocketFactory(), trusted);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime does not support TLS", e);
    }
  }

  /**
   * Sends a POST request with a JSON body.
   *
   * @throws UnreachableException if there is no complete response in time
   */
  public Response post(TowerAddress address, String path, ObjectNode body)
      throws UnreachableException {
    // As bytes, because OkHttp adds a charset to text, which older towers do not expect.
    byte[] bytes = JsonText.compact(body).getBytes(StandardCharsets.UTF_8);
    return send(
        address,
        path,
        new Request.Builder().url(address.url(path)).post(RequestBody.create(bytes, JSON)));
  }

  /**
   * Sends a GET request.
   *
   * @throws UnreachableException if there is no complete response in time
   */
  public Response get(TowerAddress address, String path) throws UnreachableException {
    return send(address, path, new Request.Builder().url(address.url(path)));
  }

  private Response send(TowerAddress address, String path, Request.Builder request)
      throws UnreachableException {
    if (address.isOnion() && !proxied) {
      throw new UnreachableException(
          address + " is an onion service and needs a proxy, such as Tor's socks5://127.0.0.1:9050",
          new IOException("no proxy"));
    }
    try (okhttp3.Response response = client.newCall(request.build()).execute()) {
      RecordedResponse recorded =
          new RecordedResponse(
              path,
              response.code(),
              text(response.body().source()),
              Instant.now().truncatedTo(ChronoUnit.SECONDS));
      return new Response(recorded, retryAfter(response.header("Retry-After")));
    } catch (IOException e) {
      throw new UnreachableException(
          "no response from " + address + ": " + NetworkErrorExplainer.explain(address, e), e);
    }
  }

  private static String text(BufferedSource source) throws IOException {
    Buffer read = new Buffer();
    while (read.size() <= MAX_RESPONSE_BYTES) {
      if (source.read(read, MAX_RESPONSE_BYTES + 1 - read.size()) < 0) {
        return read.readUtf8();
      }
    }
    throw new IOException("the response is larger than " + MAX_RESPONSE_BYTES + " bytes");
  }

  private static Optional<Duration> retryAfter(@Nullable String header) {
    if (header == null || !header.strip().matches("\\d{1,9}")) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofSeconds(Long.parseLong(header.strip())));
  }

  /** Closes idle connections. */
  @Override
  public void close() {
    client.connectionPool().evictAll();
  }
}
