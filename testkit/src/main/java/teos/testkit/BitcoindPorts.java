package teos.testkit;

import java.io.IOException;

/** Three loopback ports that were free a moment ago: another process may take one any time. */
record BitcoindPorts(int rpc, int p2p, int zmq) {

  static BitcoindPorts free() throws IOException {
    return new BitcoindPorts(FreePort.find(), FreePort.find(), FreePort.find());
  }
}
