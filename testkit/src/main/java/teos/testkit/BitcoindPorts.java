package teos.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Three loopback ports that were free a moment ago: another process may take one any time. */
record BitcoindPorts(int rpc, int p2p, int zmq) {

  static BitcoindPorts free() throws IOException {
    // All open at the same time, so that they differ.
    try (var rpc = listen();
        var p2p = listen();
        var zmq = listen()) {
      return new BitcoindPorts(rpc.getLocalPort(), p2p.getLocalPort(), zmq.getLocalPort());
    }
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }
}
