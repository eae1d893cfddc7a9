package teos.tower.responder;

import java.util.Optional;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.protocol.Txid;

/** What bitcoind made of a penalty. */
sealed interface BroadcastResult {

  /**
   * It is in bitcoind's mempool, sent now or earlier.
   *
   * @param withDispute whether its dispute had to be sent along
   */
  record Accepted(boolean withDispute) implements BroadcastResult {}

  /**
   * It is in a block already, of the chain that is bitcoind's best one at the moment: the tower may
   * not have heard of that yet, and may never.
   *
   * @param block that has it
   */
  record InChain(BlockId block) implements BroadcastResult {}

  /**
   * bitcoind did not take it now, and may later: too low a fee for now, a conflict in the mempool,
   * inputs that are not there, a full mempool, not final yet.
   *
   * @param conflict what in the mempool spends what it needs, if that is known
   */
  record Refused(String reason, Optional<Txid> conflict) implements BroadcastResult {}

  /** Its dispute is in no block and in no mempool, and bitcoind does not take that either. */
  record InputsMissing(String reason) implements BroadcastResult {}

  /**
   * No rule of the chain will ever let it in, or no node relays it: the sender has made it wrongly.
   */
  record Invalid(String reason) implements BroadcastResult {}

  /** bitcoind did not take it; why is for {@link Carrier#decide} to ask. */
  record Undecided(BitcoindException.CallFailed cause) implements BroadcastResult {}

  /** bitcoind could not be asked. */
  record NodeUnavailable() implements BroadcastResult {}
}
