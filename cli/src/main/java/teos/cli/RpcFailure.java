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

/** What a failed call means to the operator. */
final class RpcFailure {

  private static final String RPC_HINT =
      ": that is at rpc_port (8814 unless set). The public API at api_port (9814), with or without"
          + " TLS, and lnd's port at lnd_port (9911) are others";

  /** How a tower begins that can be reached, and cannot answer now. */
  private static final String TOWERS_OWN = "The tower";

  private RpcFailure() {}

  /**
   * @param at where the tower was looked for
   * @param folder the data folder, whose certificates were shown
   * @param running what is known of a process that has the folder, and no RPC there; may be empty
   */
  static CliException toCliException(
      StatusRuntimeException e, HostPort at, String folder, Supplier<String> running) {
    String where = at.toString();
    Status status = e.getStatus();
    String said = String.valueOf(status.getDescription());
    return switch (status.getCode()) {
      case UNAVAILABLE -> unavailable(e, at, where, folder, running);
      case DEADLINE_EXCEEDED ->
          new CliException(
              ExitCode.UNREACHABLE, "the tower at " + where + " has not answered in time", e);
      case NOT_FOUND -> new CliException(ExitCode.NOT_FOUND, said, e);
      case INTERNAL, UNKNOWN -> new CliException(ExitCode.FAILED, said, e);
      default -> new CliException(ExitCode.REFUSED, status.getCode() + ": " + said, e);
    };
  }

  private static CliException unavailable(
      StatusRuntimeException e,
      HostPort at,
      String where,
      String folder,
      Supplier<String> running) {
    List<Throwable> causes = causes(e);
    String said = String.valueOf(e.getStatus().getDescription());
    // grpc-okhttp's words for a connection that has ended, in the place of a cause.
    boolean ended = said.startsWith("End of stream");
    if (e.getStatus().getCause() == null && said.startsWith(TOWERS_OWN)) {
      return new CliException(ExitCode.UNREACHABLE, said, e);
    }
    boolean untrusted = causes.stream().anyMatch(RpcFailure::isAboutCertificates);
    if (causes.stream().anyMatch(RpcFailure::isNotRpc)
        || (untrusted && TlsProbe.speaksTlsButNotGrpc(at.host(), at.port()))) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "what answers at " + where + " is not a tower's RPC" + RPC_HINT,
          e);
    }
    if (untrusted) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "what answers at "
              + where
              + " and the certificates in "
              + folder
              + " do not know each other: is this the data folder of that tower, and the port that"
              + " of its RPC?",
          e);
    }
    if (ended || causes.stream().anyMatch(RpcFailure::isConnectionLost)) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "the tower at "
              + where
              + " has broken off the connection: it and the certificates in "
              + folder
              + " do not know each other, or it is stopping",
          e);
    }
    String runs = running.get();
    return new CliException(
        ExitCode.UNREACHABLE,
        "cannot reach the tower's RPC at "
            + where
            + ": "
            + (runs.isEmpty() ? "is teosd running there?" : runs)
            + " ("
            + causes.getLast().getMessage()
            + ")",
        e);
  }

  private static List<Throwable> causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause).toList();
  }

  /**
   * It speaks no TLS, as the public API does, or ends the connection at the first word of it, as
   * lnd's port does; or it speaks TLS and no HTTP/2.
   */
  private static boolean isNotRpc(Throwable cause) {
    String said = String.valueOf(cause.getMessage());
    return (cause instanceof SSLException
            && (said.startsWith("Unsupported or unrecognized SSL message")
                || said.startsWith("Unable to parse TLS packet header")
                || said.startsWith("Remote host terminated the handshake")))
        || said.startsWith("Unexpected protocol") // grpc-okhttp's
        || said.contains("ALPN");
  }

  private static boolean isAboutCertificates(Throwable cause) {
    return cause instanceof SSLException || cause instanceof CertificateException;
  }

  /**
   * In TLS 1.3 the client is done before the tower has looked at its certificate. The tower's alert
   * may then be lost to the reset of the connection, on which the client is already writing.
   */
  private static boolean isConnectionLost(Throwable cause) {
    return (cause instanceof SocketException
            && !(cause instanceof ConnectException)
            && !(cause instanceof NoRouteToHostException))
        || cause instanceof EOFException;
  }
}
