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

/** What an exchange with a tower that has failed means to the user. */
final class NetworkErrorExplainer {

  /** A TLS alert, the first bytes of what a TLS server answers to plain HTTP. */
  private static final String TLS_ALERT_PREFIX = "\u0015\u0003";

  private NetworkErrorExplainer() {}

  static String explain(TowerAddress address, IOException e) {
    String said = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return address.scheme().equals("https")
        ? explainHttps(address, e, said)
        : explainHttp(address, e, said);
  }

  private static String explainHttps(TowerAddress address, IOException e, String said) {
    List<Throwable> causes = causes(e).toList();
    if (hasCause(causes, SSLPeerUnverifiedException.class)) {
      return "its certificate is for other names than "
          + address.host()
          + ": register with a name that the certificate has";
    }
    if (hasCause(causes, CertificateExpiredException.class)) {
      return "its certificate has expired: the tower's operator has to renew it";
    }
    if (hasCause(causes, CertificateNotYetValidException.class)) {
      return "its certificate is not valid yet: is the clock of this machine right?";
    }
    if (hasCause(causes, CertPathBuilderException.class)
        || hasCause(causes, CertPathValidatorException.class)) {
      return "this machine trusts nobody who has signed its certificate; if the operator has signed"
          + " it, get the certificate from the operator and give it with --cacert FILE";
    }
    return causes.stream().anyMatch(NetworkErrorExplainer::isPlainHttpResponse)
        ? "it does not speak TLS: http:// instead of https://?"
        : said;
  }

  /** Of an exception, and of those before it at a name's other addresses. */
  private static Stream<Throwable> causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
        .flatMap(
            cause ->
                Stream.concat(
                    Stream.of(cause),
                    Stream.of(cause.getSuppressed()).flatMap(NetworkErrorExplainer::causes)));
  }

  private static boolean isPlainHttpResponse(Throwable cause) {
    String said = String.valueOf(cause.getMessage());
    return cause instanceof SSLException
        && (said.startsWith("Unsupported or unrecognized SSL message")
            || said.startsWith("Unable to parse TLS packet header"));
  }

  private static String explainHttp(TowerAddress address, IOException e, String said) {
    if (e instanceof ProtocolException && said.contains(TLS_ALERT_PREFIX)) {
      return "it speaks TLS: give its address as https://" + address.hostPort();
    }
    return said.startsWith("unexpected end of stream") || said.equals("Connection reset")
        ? "the connection ended without an answer; if the tower speaks TLS, give its address as"
            + " https://"
            + address.hostPort()
        : said;
  }

  private static boolean hasCause(List<Throwable> causes, Class<? extends Throwable> type) {
    return causes.stream().anyMatch(type::isInstance);
  }
}
