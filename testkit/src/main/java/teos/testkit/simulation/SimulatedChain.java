package teos.testkit.simulation;

import fr.acinq.bitcoin.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Blocks, best chain and mempool of a {@link SimulatedNode}. Not thread-safe: the node's lock
 * guards it, see {@link SimulatedNode#withChain}.
 */
public final class SimulatedChain {

  private final Map<String, SimulatedBlock> blocksByHash = new HashMap<>();
  private final List<SimulatedBlock> best = new ArrayList<>();
  private final SimulatedMempool mempool = new SimulatedMempool();
  private UtxoSet utxos;
  private long blocksMined;

  SimulatedChain() {
    SimulatedBlock genesis = SimulatedBlock.genesis();
    blocksByHash.put(genesis.hash(), genesis);
    best.add(genesis);
    utxos = UtxoSet.at(genesis);
  }

  public SimulatedBlock tip() {
    return best.getLast();
  }

  /** Returns the best chain, starting with the genesis block. */
  public List<SimulatedBlock> best() {
    return best;
  }

  Optional<SimulatedBlock> find(String hash) {
    return Optional.ofNullable(blocksByHash.get(hash));
  }

  boolean isInBestChain(SimulatedBlock block) {
    return block.height() < best.size() && best.get(block.height()).equals(block);
  }

  /** Returns the blocks without children. */
  List<SimulatedBlock> tips() {
    Set<SimulatedBlock> tips = new HashSet<>(blocksByHash.values());
    blocksByHash.values().forEach(block -> tips.remove(block.parent()));
    return List.copyOf(tips);
  }

  /** Returns the last ancestor of {@code block} in the best chain, or {@code block} itself. */
  SimulatedBlock fork(SimulatedBlock block) {
    SimulatedBlock fork = block;
    while (!isInBestChain(fork)) {
      fork = Objects.requireNonNull(fork.parent());
    }
    return fork;
  }

  public SimulatedMempool mempool() {
    return mempool;
  }

  UtxoSet utxos() {
    return utxos;
  }

  /**
   * Mines a block. It becomes the tip if it is higher than the current one.
   *
   * @throws IllegalArgumentException if a transaction spends an output that does not exist
   */
  public SimulatedBlock mine(SimulatedBlock parent, List<Transaction> transactions) {
    SimulatedBlock block = SimulatedBlock.on(parent, transactions, ++blocksMined);
    addBlock(parent, block);
    return block;
  }

  /** Adds a block that a real node has mined on top of a block of this chain. */
  public void adopt(byte[] raw) {
    SimulatedBlock parent = find(SimulatedBlock.previousHash(raw)).orElseThrow();
    addBlock(parent, SimulatedBlock.read(parent, raw));
  }

  private void addBlock(SimulatedBlock parent, SimulatedBlock block) {
    blocksByHash.put(block.hash(), block);
    if (parent.equals(tip())) {
      utxos.connect(block);
      best.add(block);
      mempool.onChainChanged(utxos, block.height(), List.of());
    } else {
      UtxoSet.at(block);
      if (block.height() > tip().height()) {
        reorgTo(block);
      }
    }
  }

  private void reorgTo(SimulatedBlock tip) {
    List<SimulatedBlock> branch = new ArrayList<>();
    for (@Nullable SimulatedBlock block = tip; block != null; block = block.parent()) {
      branch.add(block);
    }
    List<SimulatedBlock> chain = branch.reversed();
    List<Transaction> disconnected = new ArrayList<>();
    Set<SimulatedBlock> kept = new HashSet<>(chain);
    best.stream()
        .filter(block -> !kept.contains(block))
        .forEach(block -> disconnected.addAll(block.payments()));
    best.clear();
    best.addAll(chain);
    utxos = UtxoSet.at(tip);
    mempool.onChainChanged(utxos, tip.height(), disconnected);
  }
}
