package teos.teosd.model;

import teos.bitcoin.BitcoindException;

/** Reason why a call to bitcoind receives no answer. */
enum NodeFault {
  /** Nothing listens. */
  AWAY,
  /** bitcoind is starting. */
  WARMING_UP,
  /** The call is executed, but its answer is lost. */
  ANSWER_LOST;

  BitcoindException.Unavailable exception() {
    return this == WARMING_UP
        ? new BitcoindException.WarmingUp("bitcoind is starting: simulated")
        : new BitcoindException.Unavailable("bitcoind does not answer: simulated");
  }
}
