package teos.tower.responder;

import java.util.Optional;
import teos.bitcoin.BitcoindException;
import teos.bitcoin.BlockId;
import teos.protocol.Txid;

/** Result of broadcasting a penalty. */
sealed interface BroadcastResult {

  /**
   * The penalty is in bitcoind's mempool.
   *
   * @param withDispute whether its dispute had to be sent along
   */
  record Accepted(boolean withDispute) implements BroadcastResult {}

  /**
   * The penalty is in a block of bitcoind's current best chain. The tower may not have processed
   * that block yet, and never will if the block leaves the chain first.
   *
   * @param block the block with the penalty
   */
  record InChain(BlockId block) implements BroadcastResult {}

  /**
   * bitcoind rejected the penalty for a reason that may pass: the fee is too low at the moment, a
   * conflict in the mempool, missing inputs, a full mempool, a lock time.
   *
   * @param reason bitcoind's reason
   * @param conflict the mempool transaction that spends an output the penalty needs, if known
   */
  record Refused(String reason, Optional<Txid> conflict) implements BroadcastResult {}

  /** The dispute is in no block and no mempool, and bitcoind rejects it as well. */
  record InputsMissing(String reason) implements BroadcastResult {}

  /**
   * The penalty spends no output of the dispute, and a transaction that it spends is in no block
   * and not in the mempool.
   *
   * @param parent the transaction that is missing
   */
  record ParentMissing(Txid parent) implements BroadcastResult {}

  /**
   * The penalty breaks a consensus rule, or no node relays it: retrying cannot help, its sender
   * built it wrongly.
   */
  record Invalid(String reason) implements BroadcastResult {}

  /** bitcoind rejected the penalty; {@link Carrier#analyze} finds out why. */
  record Undecided(BitcoindException.CallFailed cause) implements BroadcastResult {}

  /** bitcoind could not be reached. */
  record NodeUnavailable() implements BroadcastResult {}
}
