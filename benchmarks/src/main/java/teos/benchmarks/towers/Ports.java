package teos.benchmarks.towers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/** TCP ports of this machine. */
public final class Ports {

  private Ports() {}

  /** Returns whether a process listens on {@code port} of 127.0.0.1. */
  public static boolean isListening(int port) {
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
