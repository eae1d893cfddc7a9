package teos.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import teos.protocol.HostPort;

/** Conversion of failed calls into errors for the operator. */
final class RpcFailure {

  /** Start of the messages of a tower that can be reached but is not ready. */
  private static final String NOT_READY = "The tower";

  private RpcFailure() {}

  /**
   * Returns the error for a failed call.
   *
   * @param at address of the RPC
   * @param folder data folder whose certificates were used
   * @param unreachableHint returns why nothing may answer at {@code at}; may be empty
   */
  static CliException toCliException(
      StatusRuntimeException e, HostPort at, String folder, Supplier<String> unreachableHint) {
    String where = at.toString();
    Status status = e.getStatus();
    String description = String.valueOf(status.getDescription());
    return switch (status.getCode()) {
      case UNAVAILABLE -> unavailable(e, at, where, folder, unreachableHint);
      case DEADLINE_EXCEEDED ->
          new CliException(
              ExitCode.UNREACHABLE, "the tower at " + where + " did not answer in time", e);
      case NOT_FOUND -> new CliException(ExitCode.NOT_FOUND, description, e);
      case INTERNAL, UNKNOWN -> new CliException(ExitCode.FAILED, description, e);
      default -> new CliException(ExitCode.REFUSED, status.getCode() + ": " + description, e);
    };
  }

  private static CliException unavailable(
      StatusRuntimeException e,
      HostPort at,
      String where,
      String folder,
      Supplier<String> unreachableHint) {
    List<Throwable> causes = causes(e);
    String description = String.valueOf(e.getStatus().getDescription());
    // grpc-okhttp describes a closed connection in this way, without a cause.
    boolean ended = description.startsWith("End of stream");
    if (e.getStatus().getCause() == null && description.startsWith(NOT_READY)) {
      return new CliException(ExitCode.UNREACHABLE, description, e);
    }
    boolean untrusted = causes.stream().anyMatch(RpcFailure::isAboutCertificates);
    if (causes.stream().anyMatch(RpcFailure::isNotRpc)
        || (untrusted && TlsProbe.speaksTlsButNotGrpc(at.host(), at.port()))) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          where
              + " is not a tower's RPC; use the port of rpc_port (default 8814), not api_port"
              + " (default 9814) or lnd_port (default 9911)",
          e);
    }
    if (untrusted) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "the certificates of "
              + where
              + " and of "
              + folder
              + " do not match; check that this is the tower's data folder and that the port is its"
              + " rpc_port",
          e);
    }
    if (ended || causes.stream().anyMatch(RpcFailure::isConnectionLost)) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "the tower at "
              + where
              + " closed the connection: it does not accept the certificates in "
              + folder
              + ", or it is stopping",
          e);
    }
    String hint = unreachableHint.get();
    return new CliException(
        ExitCode.UNREACHABLE,
        "cannot reach the tower's RPC at "
            + where
            + ": "
            + (hint.isEmpty() ? "is teosd running there?" : hint)
            + " ("
            + causes.getLast().getMessage()
            + ")",
        e);
  }

  private static List<Throwable> causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause).toList();
  }

  /**
   * Returns whether the failure shows that the server is not a gRPC server with TLS: it does not
   * use TLS, like the public API; it closes the connection at the first TLS record, like lnd's
   * port; or it uses TLS without HTTP/2.
   */
  private static boolean isNotRpc(Throwable cause) {
    String description = String.valueOf(cause.getMessage());
    return (cause instanceof SSLException
            && (description.startsWith("Unsupported or unrecognized SSL message")
                || description.startsWith("Unable to parse TLS packet header")
                || description.startsWith("Remote host terminated the handshake")))
        || description.startsWith("Unexpected protocol") // from grpc-okhttp
        || description.contains("ALPN");
  }

  private static boolean isAboutCertificates(Throwable cause) {
    return cause instanceof SSLException || cause instanceof CertificateException;
  }

  /**
   * Returns whether the server closed the connection. In TLS 1.3 the client finishes the handshake
   * before the tower checks its certificate. If the tower then closes the connection while the
   * client is writing, the tower's alert may be lost.
   */
  private static boolean isConnectionLost(Throwable cause) {
    return (cause instanceof SocketException
            && !(cause instanceof ConnectException)
            && !(cause instanceof NoRouteToHostException))
        || cause instanceof EOFException;
  }
}
