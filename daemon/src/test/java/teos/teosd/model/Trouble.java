package teos.teosd.model;

import teos.bitcoin.BitcoindException;

/** Why a call to bitcoind gets no answer. */
enum Trouble {
  /** Nothing listens. */
  AWAY,
  /** bitcoind is starting. */
  WARMING_UP,
  /** The call is carried out, and its answer is lost. */
  ANSWER_LOST;

  BitcoindException.Unavailable exception() {
    return this == WARMING_UP
        ? new BitcoindException.WarmingUp("bitcoind is starting: simulated")
        : new BitcoindException.Unavailable("bitcoind does not answer: simulated");
  }
}
