package teos.teosd.model;

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

/** The blocks, the best chain and the mempool of a {@link SimulatedNode}, which guards it. */
final class SimulatedChain {

  private final Map<String, SimulatedBlock> known = new HashMap<>();
  private final List<SimulatedBlock> best = new ArrayList<>();
  private final Mempool mempool = new Mempool();
  private Coins coins;
  private long made;

  SimulatedChain() {
    SimulatedBlock genesis = SimulatedBlock.genesis();
    known.put(genesis.hash(), genesis);
    best.add(genesis);
    coins = Coins.at(genesis);
  }

  SimulatedBlock tip() {
    return best.getLast();
  }

  /** The best chain, from the genesis block on. */
  List<SimulatedBlock> best() {
    return best;
  }

  Optional<SimulatedBlock> find(String hash) {
    return Optional.ofNullable(known.get(hash));
  }

  boolean isInBestChain(SimulatedBlock block) {
    return block.height() < best.size() && best.get(block.height()).equals(block);
  }

  /** The blocks on which there is no other. */
  List<SimulatedBlock> tips() {
    Set<SimulatedBlock> tips = new HashSet<>(known.values());
    known.values().forEach(block -> tips.remove(block.parent()));
    return List.copyOf(tips);
  }

  /** The last block of the best chain at or under {@code block}. */
  SimulatedBlock fork(SimulatedBlock block) {
    SimulatedBlock fork = block;
    while (!isInBestChain(fork)) {
      fork = Objects.requireNonNull(fork.parent());
    }
    return fork;
  }

  Mempool mempool() {
    return mempool;
  }

  Coins coins() {
    return coins;
  }

  /**
   * Makes a block, and follows it if there is none as high.
   *
   * @throws IllegalArgumentException if it would spend what is not there
   */
  SimulatedBlock mine(SimulatedBlock parent, List<Transaction> transactions) {
    SimulatedBlock block = SimulatedBlock.on(parent, transactions, ++made);
    take(parent, block);
    return block;
  }

  /** Takes a block that a real node has made on top of one that is known here. */
  void adopt(byte[] raw) {
    SimulatedBlock parent = find(SimulatedBlock.previousHash(raw)).orElseThrow();
    take(parent, SimulatedBlock.read(parent, raw));
  }

  private void take(SimulatedBlock parent, SimulatedBlock block) {
    known.put(block.hash(), block);
    if (parent.equals(tip())) {
      coins.connect(block);
      best.add(block);
      mempool.follow(coins, List.of());
    } else {
      Coins.at(block);
      if (block.height() > tip().height()) {
        follow(block);
      }
    }
  }

  private void follow(SimulatedBlock tip) {
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
    coins = Coins.at(tip);
    mempool.follow(coins, disconnected);
  }
}
