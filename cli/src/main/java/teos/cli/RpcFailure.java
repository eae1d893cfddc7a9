package teos.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.security.cert.CertificateException;
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
      case UNAVAILABLE ->
          isAboutCertificates(e)
              ? new CliException(
                  ExitCode.NOT_RECOGNIZED,
                  "what answers at " + where + " and the certificates in " + folder
                      + " do not know each other: is this the data folder of that tower?",
                  e)
              : new CliException(
                  ExitCode.UNREACHABLE,
                  "cannot reach the tower's RPC at " + where + ": is teosd running there? ("
                      + rootCause(e) + ")",
                  e);
      case DEADLINE_EXCEEDED ->
          new CliException(
              ExitCode.UNREACHABLE, "the tower at " + where + " has not answered in time", e);
      case NOT_FOUND -> new CliException(ExitCode.NOT_FOUND, said, e);
      case INTERNAL, UNKNOWN -> new CliException(ExitCode.FAILED, said, e);
      default -> new CliException(ExitCode.REFUSED, status.getCode() + ": " + said, e);
    };
  }

  private static String rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static boolean isAboutCertificates(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException || cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }
}
