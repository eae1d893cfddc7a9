package teos.teosd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.testkit.Bitcoind;
import teos.testkit.CommitmentType;
import teos.testkit.LightningChannel;
import teos.testkit.LightningChannel.PenaltyType;
import teos.testkit.TowerUser;
import teos.tower.store.AppointmentKey;
import teos.tower.store.TrackerEvent;

/** A channel, its appointment with a tower, and the observable state of both. */
record BreachFixture(
    Bitcoind bitcoind,
    TowerUser user,
    LightningChannel channel,
    PenaltyType penaltyType,
    long feeRate) {

  private static final Dialect DIALECT = Dialect.V2;

  /** Error code of dialect v2. */
  private static final int ALREADY_TRIGGERED = 35;

  /** Opens a channel and sends the appointment for it. */
  static BreachFixture watched(Bitcoind bitcoind, RunningTower tower, long feeRate)
      throws Exception {
    return opened(bitcoind, tower, feeRate).send();
  }

  /** Registers a new user, and opens a channel for it. */
  static BreachFixture opened(Bitcoind bitcoind, RunningTower tower, long feeRate)
      throws Exception {
    return opened(bitcoind, tower, CommitmentType.V2, PenaltyType.V2, feeRate);
  }

  /** Registers a new user, and opens a channel with other commitments and penalties for it. */
  static BreachFixture opened(
      Bitcoind bitcoind,
      RunningTower tower,
      CommitmentType commitment,
      PenaltyType penalty,
      long feeRate)
      throws Exception {
    return new BreachFixture(
        bitcoind,
        tower.registered(DIALECT),
        LightningChannel.open(bitcoind, commitment),
        penalty,
        feeRate);
  }

  BreachFixture send() throws Exception {
    user.sendForReceipt(
        user.appointment(channel.commitmentTxid(), channel.penalty(penaltyType, feeRate)));
    return this;
  }

  /** Sends an appointment with the raw transactions {@code penalties} as a bundle. */
  BreachFixture sendBundle(List<byte[]> penalties) throws Exception {
    user.sendForReceipt(user.appointment(channel.commitmentTxid(), Bundle.encode(penalties)));
    return this;
  }

  /** Sends the appointment; returns false if the tower has already responded to its dispute. */
  boolean trySend() throws Exception {
    TowerUser.Reply reply =
        user.send(
            user.appointment(channel.commitmentTxid(), channel.penalty(penaltyType, feeRate)));
    if (reply.status() != 200) {
      assertThat(reply.json().path("error_code").asInt()).isEqualTo(ALREADY_TRIGGERED);
    }
    return reply.status() == 200;
  }

  /** Returns the same channel and user with another penalty. */
  BreachFixture withFeeRate(long other) {
    return new BreachFixture(bitcoind, user, channel, penaltyType, other);
  }

  String dispute() {
    return channel.commitmentTxid().toString();
  }

  String penalty() {
    return channel.penaltyTxid(penaltyType, feeRate).toString();
  }

  String rawDispute() {
    return HexFormat.of().formatHex(channel.commitment());
  }

  String rawPenalty() {
    return HexFormat.of().formatHex(channel.penalty(penaltyType, feeRate));
  }

  String rawClosing(long fee) {
    return HexFormat.of().formatHex(channel.closing(fee));
  }

  /** Broadcasts the revoked commitment, which stays unconfirmed. */
  void publish() {
    bitcoind.rpc("sendrawtransaction", rawDispute());
  }

  /** Mines a block with the revoked commitment. */
  void breach() {
    bitcoind.mineBlockWith(List.of(rawDispute()));
  }

  void awaitPenaltyInMempool() throws Exception {
    Eventually.holds("penalty in the mempool", () -> bitcoind.mempool().contains(penalty()));
  }

  /**
   * Waits until the penalty is in the mempool and the tower has recorded that. If a block with it
   * comes first, the history does not contain that it was sent.
   */
  void awaitPenaltySent(RunningTower tower) throws Exception {
    awaitPenaltyInMempool();
    Eventually.holds("penalty sent", () -> history(tower).endsWith("sent"));
  }

  boolean isIn(String txid, String block) {
    for (var found : bitcoind.rpc("getblock", block).path("tx")) {
      if (found.asText().equals(txid)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the status for the user, such as {@code being_watched}, or the HTTP status if not 200.
   */
  String status() throws Exception {
    TowerUser.Reply reply = user.get(locator());
    return reply.status() == 200
        ? reply.json().path("status").asText()
        : Integer.toString(reply.status());
  }

  void awaitStatus(String status) throws Exception {
    Eventually.holds("status " + status, () -> status().equals(status));
  }

  Locator locator() {
    return DIALECT.locator(channel.commitmentTxid());
  }

  long slots() throws Exception {
    return user.subscription().json().path("available_slots").asLong();
  }

  /**
   * Returns the words of the tracker's events, such as {@code sent, confirmed}. Leaves {@code seen}
   * out, because bitcoind also publishes the transactions of a block, so it depends on timing
   * whether the tower sees the dispute in the mempool or in the block first.
   */
  String history(RunningTower tower) {
    return events(tower).stream()
        .filter(event -> event.kind() != TrackerEvent.Kind.SEEN)
        .map(event -> event.kind().word())
        .collect(Collectors.joining(", "));
  }

  List<TrackerEvent> events(RunningTower tower) {
    return tower
        .daemon()
        .components()
        .internalApi()
        .inventory()
        .history(new AppointmentKey(locator(), user.id()));
  }

  void awaitHistory(RunningTower tower, String history) throws Exception {
    try {
      Eventually.holds(history, () -> history(tower).equals(history));
    } catch (AssertionError e) {
      throw new AssertionError("the events are " + events(tower), e);
    }
  }

  static void awaitHeight(Bitcoind bitcoind, RunningTower tower) throws Exception {
    String tip = bitcoind.bestBlockHash();
    Eventually.holds(
        "tower at " + tip, () -> tower.daemon().components().lastKnownBlock().hash().equals(tip));
  }
}
