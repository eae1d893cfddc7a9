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

/** Sends requests to towers. */
public final class Http implements AutoCloseable {

  /** More than the locators of any subscription that a tower would list at once. */
  private static final long MAX_RESPONSE_BYTES = 16L << 20;

  private static final MediaType JSON = MediaType.get("application/json");

  private final OkHttpClient client;
  private final boolean proxied;

  /**
   * @param trusted in place of the certificates that the system trusts
   * @param timeout for connecting, and for each answer as a whole
   */
  public Http(Optional<SocksProxy> proxy, Optional<TrustedCertificates> trusted, Duration timeout) {
    this.proxied = proxy.isPresent();
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            // Nothing but what is asked for: the system's proxies are not.
            .proxy(proxy.map(SocksProxy::toProxy).orElse(Proxy.NO_PROXY))
            .connectTimeout(timeout)
            .readTimeout(timeout)
            .writeTimeout(timeout)
            .callTimeout(timeout)
            // Whoever redirects is not the tower that was asked for.
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
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  /**
   * POSTs JSON.
   *
   * @throws UnreachableException if there is no whole answer in time
   */
  public Response post(TowerAddress address, String path, ObjectNode body)
      throws UnreachableException {
    // As bytes: OkHttp adds a charset to the type of text, which older towers do not expect.
    byte[] bytes = JsonText.compact(body).getBytes(StandardCharsets.UTF_8);
    return send(
        address,
        path,
        new Request.Builder().url(address.url(path)).post(RequestBody.create(bytes, JSON)));
  }

  /** GETs. */
  public Response get(TowerAddress address, String path) throws UnreachableException {
    return send(address, path, new Request.Builder().url(address.url(path)));
  }

  private Response send(TowerAddress address, String path, Request.Builder request)
      throws UnreachableException {
    if (address.isOnion() && !proxied) {
      throw new UnreachableException(
          address + " is an onion service: it needs a proxy, such as Tor's socks5://127.0.0.1:9050",
          new IOException("no proxy"));
    }
    try (okhttp3.Response response = client.newCall(request.build()).execute()) {
      RecordedResponse answer =
          new RecordedResponse(
              path,
              response.code(),
              text(response.body().source()),
              Instant.now().truncatedTo(ChronoUnit.SECONDS));
      return new Response(answer, retryAfter(response.header("Retry-After")));
    } catch (IOException e) {
      throw new UnreachableException(
          "no answer from " + address + ": " + NetworkErrorExplainer.explain(address, e), e);
    }
  }

  private static String text(BufferedSource source) throws IOException {
    Buffer read = new Buffer();
    while (read.size() <= MAX_RESPONSE_BYTES) {
      if (source.read(read, MAX_RESPONSE_BYTES + 1 - read.size()) < 0) {
        return read.readUtf8();
      }
    }
    throw new IOException("the answer is larger than " + MAX_RESPONSE_BYTES + " bytes");
  }

  private static Optional<Duration> retryAfter(@Nullable String header) {
    if (header == null || !header.strip().matches("\\d{1,9}")) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofSeconds(Long.parseLong(header.strip())));
  }

  /** Ends the connections that are kept open. */
  @Override
  public void close() {
    client.connectionPool().evictAll();
  }
}
