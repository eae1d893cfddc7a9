package teos.teosd.web;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import teos.bitcoin.NodeStatus;
import teos.teosd.net.PublicAddress;
import teos.tower.gatekeeper.Capacity;
import teos.tower.inventory.Inventory;
import teos.tower.responder.ConfirmationForecast;
import teos.tower.responder.LadderPosition;
import teos.tower.store.CapacityDBM;
import teos.tower.store.PenaltyStage;
import teos.tower.store.Tracker;
import teos.tower.store.TrackerEvent;
import teos.tower.store.TrackerEventsDBM.TrackerHistory;
import teos.tower.store.TrackerGroup;
import teos.tower.store.TrackerOverview;

/** JSON for the page: hashes and txids in display order, times in seconds since 1970. */
final class TowerJson {

  /** Number of disputes: the newest ones. */
  private static final int MAX_DISPUTES = 100;

  /** Number of users: those with the most slots. */
  private static final int MAX_HOLDERS = 10;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final TowerState tower;
  private final String version;

  TowerJson(TowerState tower, String version) {
    this.tower = tower;
    this.version = version;
  }

  /** Returns the tower's identity, health, position on the chain, and number of records. */
  ObjectNode tower(Inventory.UserTotals users) {
    Health health = Health.ready(tower);
    ObjectNode json =
        JSON.objectNode()
            .put("tower_id", tower.towerId().toString())
            .put("version", version)
            .put("ready", health.isHealthy())
            .put("bitcoind", tower.node() instanceof NodeStatus.State.Healthy)
            .put("height", tower.height())
            .put("users", users.count())
            .put("slots_available", users.slots())
            .put("appointments", tower.inventory().appointments());
    ArrayNode faults = json.putArray("faults");
    health.faults().forEach(faults::add);
    json.put("listens_at", tower.listensAt().toString());
    ArrayNode addresses = json.putArray("addresses");
    for (PublicAddress address : tower.addresses()) {
      addresses
          .addObject()
          .put("for", address.client().name().toLowerCase(Locale.ROOT))
          .put("uri", address.uri(tower.towerId()));
    }
    tower.chain().ifPresent(chain -> json.set("chain", chain(chain)));
    TrackerOverview overview = tower.inventory().disputes();
    ObjectNode trackers = json.putObject("trackers");
    overview.count().forEach((stage, count) -> trackers.put(stage.word(), count));
    ObjectNode verdicts = json.putObject("verdicts");
    tower.inventory().verdicts().forEach((verdict, count) -> verdicts.put(verdict.word(), count));
    json.set("capacity", capacity());
    return json;
  }

  private ObjectNode capacity() {
    Capacity.Usage usage = tower.capacity().usage();
    ObjectNode json =
        JSON.objectNode()
            .put("slots", usage.total())
            .put("reserved", usage.reserved())
            .put("free", usage.free());
    ArrayNode holders = json.putArray("top_holders");
    for (CapacityDBM.SlotHolder holder : tower.capacity().topHolders(MAX_HOLDERS)) {
      holders
          .addObject()
          .put("user_id", holder.user().toString())
          .put("slots", holder.reserved())
          .put("free", holder.free());
    }
    return json;
  }

  private static ObjectNode chain(ChainState chain) {
    ObjectNode json =
        JSON.objectNode()
            .put("tip", chain.tip())
            .put("bitcoind_height", chain.bestHeight())
            .put("dealt_with", chain.processedHeight())
            .put("blocks_behind", chain.blocksBehind())
            .put("last_reorg_depth", chain.reorgs().lastDepth());
    put(json, "block_feed", chain.blockFeed());
    put(json, "mempool_feed", chain.mempoolFeed());
    return json;
  }

  private static void put(ObjectNode json, String field, Optional<Boolean> feed) {
    feed.ifPresent(connected -> json.put(field, connected));
  }

  /** Returns the newest disputes, each with its history. */
  ArrayNode disputes() {
    ArrayNode all = JSON.arrayNode();
    for (TrackerHistory entry : tower.inventory().newestDisputes(MAX_DISPUTES)) {
      all.add(dispute(entry));
    }
    return all;
  }

  private ObjectNode dispute(TrackerHistory entry) {
    List<Tracker> all = entry.trackers();
    Tracker tracker = TrackerGroup.representative(all);
    ObjectNode json =
        JSON.objectNode()
            .put("uuid", tracker.uuid().toString())
            .put("locator", tracker.locator().toHex())
            .put("user_id", tracker.user().toString())
            .put("dispute_txid", tracker.disputeTxid().toString())
            .put("penalty_txid", tracker.penaltyTxid().toString())
            .put("status", PenaltyStage.of(tracker.status()).word());
    tracker.disputeHeight().ifPresent(height -> json.put("dispute_height", height));
    addForecast(json, tracker, all);
    ArrayNode history = json.putArray("history");
    for (TrackerEvent event : entry.events()) {
      history
          .addObject()
          .put("time", event.at().getEpochSecond())
          .put("height", event.height())
          .put("event", event.kind().word())
          .put("detail", event.detail());
    }
    return json;
  }

  /** Adds the fee rate, the deadline and the forecast, and of a fee ladder which rung it is. */
  private void addForecast(ObjectNode json, Tracker tracker, List<Tracker> all) {
    json.put("penalties", all.size());
    LadderPosition position = LadderPosition.of(tracker, all);
    if (position.rungs() > 1) {
      json.put("rung", position.rung()).put("rungs", position.rungs());
    }
    ConfirmationForecast forecast = tower.inventory().forecast(all);
    forecast.verdict().ifPresent(verdict -> json.put("verdict", verdict.word()));
    tracker.penalty().feeRate().ifPresent(rate -> json.put("fee_rate_per_kvb", rate));
    if (!tracker.status().isSettled()) {
      tracker.deadline().ifPresent(height -> json.put("deadline", height));
      forecast.blocksLeft(tracker).ifPresent(blocks -> json.put("blocks_left", blocks));
    }
  }
}
