package teos.testkit;

import java.io.IOException;

/** Three free loopback ports. Another process may take one before bitcoind binds it. */
record BitcoindPorts(int rpc, int p2p, int zmq) {

  /** Returns ports from {@link FreePort}. */
  static BitcoindPorts free() throws IOException {
    return new BitcoindPorts(FreePort.find(), FreePort.find(), FreePort.find());
  }
}
