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
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** What a failed call means to the operator. */
final class RpcFailure {

  private RpcFailure() {}

  /**
   * @param where the tower was looked for
   * @param folder the data folder, whose certificates were shown
   */
  static CliException explained(StatusRuntimeException e, String where, String folder) {
    Status status = e.getStatus();
    String said = String.valueOf(status.getDescription());
    return switch (status.getCode()) {
      case UNAVAILABLE -> unavailable(e, where, folder);
      case DEADLINE_EXCEEDED ->
          new CliException(
              ExitCode.UNREACHABLE, "the tower at " + where + " has not answered in time", e);
      case NOT_FOUND -> new CliException(ExitCode.NOT_FOUND, said, e);
      case INTERNAL, UNKNOWN -> new CliException(ExitCode.FAILED, said, e);
      default -> new CliException(ExitCode.REFUSED, status.getCode() + ": " + said, e);
    };
  }

  private static CliException unavailable(
      StatusRuntimeException e, String where, String folder) {
    List<Throwable> causes = causes(e);
    if (causes.stream().anyMatch(RpcFailure::isAboutCertificates)) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "what answers at " + where + " and the certificates in " + folder
              + " do not know each other: is this the data folder of that tower?",
          e);
    }
    // grpc-okhttp's word for a connection that has ended where a frame should begin.
    boolean ended = String.valueOf(e.getStatus().getDescription()).startsWith("End of stream");
    if (ended || causes.stream().anyMatch(RpcFailure::isBrokenOff)) {
      return new CliException(
          ExitCode.NOT_RECOGNIZED,
          "the tower at " + where + " has broken off the connection: it and the certificates in "
              + folder + " do not know each other, or it is stopping",
          e);
    }
    return new CliException(
        ExitCode.UNREACHABLE,
        "cannot reach the tower's RPC at " + where + ": is teosd running there? ("
            + causes.getLast().getMessage() + ")",
        e);
  }

  private static List<Throwable> causes(Throwable e) {
    return Stream.iterate(e, Objects::nonNull, Throwable::getCause).toList();
  }

  private static boolean isAboutCertificates(Throwable cause) {
    return cause instanceof SSLException || cause instanceof CertificateException;
  }

  /**
   * In TLS 1.3 the client is done before the tower has looked at its certificate. The tower's alert
   * may then be lost to the reset of the connection, on which the client is already writing.
   */
  private static boolean isBrokenOff(Throwable cause) {
    return (cause instanceof SocketException
            && !(cause instanceof ConnectException)
            && !(cause instanceof NoRouteToHostException))
        || cause instanceof EOFException;
  }
}
