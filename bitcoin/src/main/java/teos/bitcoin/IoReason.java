package teos.bitcoin;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Reasons why bitcoind or its cookie file cannot be reached, in words for an operator. */
final class IoReason {

  private IoReason() {}

  /**
   * Returns why the cookie file cannot be read. The messages of the JDK's exceptions are little
   * more than its path, which the caller prints already.
   */
  static String ofFile(IOException e) {
    return switch (e) {
      case NoSuchFileException missing ->
          "there is no such file; bitcoind creates it when it starts";
      case AccessDeniedException denied ->
          "permission denied. Set rpccookieperms=group in bitcoin.conf and add the tower's user to"
              + " the group of bitcoind's user";
      default -> message(e);
    };
  }

  /** Returns why a call failed. OkHttp's own messages repeat the address. */
  static String ofCall(IOException e) {
    return switch (e) {
      case InterruptedIOException timeout -> "timed out"; // connect, read or call timeout
      case UnknownHostException unknown -> "unknown host";
      case ConnectException refused ->
          refused.getCause() instanceof IOException cause ? message(cause) : message(refused);
      case SocketException reset -> "the connection was closed";
      default -> e.getCause() instanceof EOFException ? "the connection was closed" : message(e);
    };
  }

  private static String message(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
