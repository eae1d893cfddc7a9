package teos.client.wire;

import java.io.IOException;
import java.net.ProtocolException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Explains network and TLS errors to the user. */
final class NetworkErrorExplainer {

  /** First bytes of the TLS alert with which a TLS server answers plain HTTP. */
  private static final String TLS_ALERT_PREFIX = "\u0015\u0003";

  private NetworkErrorExplainer() {}

  /** Returns the cause and, where there is one, the remedy. */
  static String explain(TowerAddress address, IOException e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return address.scheme().equals("https")
        ? explainHttps(address, e, message)
        : explainHttp(address, e, message);
  }

  private static String explainHttps(TowerAddress address, IOException e, String message) {
    List<Throwable> causes = causes(e).toList();
    if (hasCause(causes, SSLPeerUnverifiedException.class)) {
      return "its certificate is not valid for the name "
          + address.host()
          + "; register with a name that the certificate contains";
    }
    if (hasCause(causes, CertificateExpiredException.class)) {
      return "its certificate has expired; the tower's operator must renew it";
    }
    if (hasCause(causes, CertificateNotYetValidException.class)) {
      return "its certificate is not valid yet; check the clock of this machine";
    }
    if (hasCause(causes, CertPathBuilderException.class)
        || hasCause(causes, CertPathValidatorException.class)) {
      return "its certificate is not signed by an authority that this machine trusts; if it is the"
          + " operator's own, get it from the operator and pass it with --cacert FILE";
    }
    return causes.stream().anyMatch(NetworkErrorExplainer::isPlainHttpResponse)
        ? "it does not use TLS; give its address with http:// instead of https://"
        : message;
  }

  /** Returns all causes, including those of failed attempts at other addresses of the host. */
  private static Stream<Throwable> causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
        .flatMap(
            cause ->
                Stream.concat(
                    Stream.of(cause),
                    Stream.of(cause.getSuppressed()).flatMap(NetworkErrorExplainer::causes)));
  }

  private static boolean isPlainHttpResponse(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    return cause instanceof SSLException
        && (message.startsWith("Unsupported or unrecognized SSL message")
            || message.startsWith("Unable to parse TLS packet header"));
  }

  private static String explainHttp(TowerAddress address, IOException e, String message) {
    if (e instanceof ProtocolException && message.contains(TLS_ALERT_PREFIX)) {
      return "it uses TLS; give its address as https://" + address.hostPort();
    }
    return message.startsWith("unexpected end of stream") || message.equals("Connection reset")
        ? "the connection was closed without a response; if the tower uses TLS, give its address as"
            + " https://"
            + address.hostPort()
        : message;
  }

  private static boolean hasCause(List<Throwable> causes, Class<? extends Throwable> type) {
    return causes.stream().anyMatch(type::isInstance);
  }
}
