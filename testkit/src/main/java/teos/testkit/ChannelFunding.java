package teos.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import fr.acinq.bitcoin.ByteVector;
import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.PrivateKey;
import fr.acinq.bitcoin.PublicKey;
import fr.acinq.bitcoin.Script;
import fr.acinq.bitcoin.ScriptElt;
import fr.acinq.bitcoin.TxId;
import java.math.BigDecimal;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Confirmed funding output of a channel.
 *
 * @param keys keys of the funding output
 * @param point outpoint of the funding output
 * @param feeCoin output with which the cheater pays for a child of a commitment that has an anchor
 */
record ChannelFunding(FundingKeys keys, OutPoint point, Optional<OutPoint> feeCoin) {

  /** Value of {@link #feeCoin} in satoshi. */
  static final long FEE_COIN = 100_000;

  private static final int MAX_FUNDING_ATTEMPTS = 5;
  private static final int BATCH_SIZE = 500;

  /** FundingKeys needed to create the funding output. */
  record FundingKeys(PrivateKey cheaterFunding, PrivateKey victimFunding, SecureRandom random) {

    static FundingKeys random(SecureRandom random) {
      return new FundingKeys(LightningKeys.random(random), LightningKeys.random(random), random);
    }

    /** Returns the script of the cheater's coin for fees. */
    ByteVector feeCoinScript() {
      return new ByteVector(Script.write(Script.pay2wpkh(cheaterFunding.publicKey())));
    }

    List<ScriptElt> fundingScript() {
      return Script.createMultiSigMofN(2, sorted());
    }

    List<PublicKey> sorted() {
      return Stream.of(cheaterFunding.publicKey(), victimFunding.publicKey())
          .sorted(Comparator.comparing(PublicKey::toHex))
          .toList();
    }
  }

  /** Funds {@code count} channels with few transactions of the wallet of {@code bitcoind}. */
  static List<ChannelFunding> many(Bitcoind bitcoind, int count, CommitmentType type) {
    SecureRandom random = new SecureRandom();
    ensureFunds(bitcoind, count);
    List<ChannelFunding> channels = new ArrayList<>();
    while (channels.size() < count) {
      int batch = Math.min(BATCH_SIZE, count - channels.size());
      Map<String, FundingKeys> byAddress = new LinkedHashMap<>();
      Map<String, BigDecimal> amounts = new LinkedHashMap<>();
      for (int i = 0; i < batch; i++) {
        FundingKeys keys = FundingKeys.random(random);
        String script =
            HexFormat.of().formatHex(Script.write(Script.pay2wsh(keys.fundingScript())));
        String address = address(bitcoind, script);
        byAddress.put(address, keys);
        amounts.put(address, BigDecimal.valueOf(LightningChannel.CAPACITY, 8));
        if (type.anchor().isPresent()) {
          amounts.put(
              address(bitcoind, keys.feeCoinScript().toHex()), BigDecimal.valueOf(FEE_COIN, 8));
        }
      }
      JsonNode funding = fund(bitcoind, amounts);
      String txid = funding.path("txid").asText();
      for (JsonNode output : funding.path("vout")) {
        FundingKeys keys = byAddress.get(output.path("scriptPubKey").path("address").asText());
        if (keys != null) {
          channels.add(
              new ChannelFunding(
                  keys,
                  new OutPoint(new TxId(txid), output.path("n").asLong()),
                  outputTo(funding, keys.feeCoinScript())));
        }
      }
      bitcoind.mine(1);
    }
    return channels;
  }

  private static String address(Bitcoind bitcoind, String script) {
    return bitcoind.rpc("decodescript", script).path("address").asText();
  }

  /**
   * Sends {@code amounts} and returns the decoded transaction. Retries after mining a block,
   * because the wallet may choose an output that a reorg has just made immature: sendmany then
   * succeeds, but the mempool does not accept the transaction.
   */
  private static JsonNode fund(Bitcoind bitcoind, Map<String, BigDecimal> amounts) {
    String rejections = "";
    for (int attempt = 0; attempt < MAX_FUNDING_ATTEMPTS; attempt++) {
      String txid = bitcoind.rpc("sendmany", "", amounts).asText();
      String hex = bitcoind.rpc("gettransaction", txid).path("hex").asText();
      if (bitcoind.mempool().contains(txid)) {
        return bitcoind.rpc("decoderawtransaction", hex);
      }
      rejections += bitcoind.rpc("testmempoolaccept", List.of(hex)).toString();
      bitcoind.rpc("abandontransaction", txid);
      bitcoind.mine(1);
    }
    throw new IllegalStateException(
        "the mempool rejected all of the wallet's funding transactions: " + rejections);
  }

  private static Optional<OutPoint> outputTo(JsonNode transaction, ByteVector script) {
    for (JsonNode output : transaction.path("vout")) {
      if (output.path("scriptPubKey").path("hex").asText().equals(script.toHex())) {
        return Optional.of(
            new OutPoint(new TxId(transaction.path("txid").asText()), output.path("n").asLong()));
      }
    }
    return Optional.empty();
  }

  private static void ensureFunds(Bitcoind bitcoind, int channels) {
    double needed = (channels + 1) * LightningChannel.CAPACITY / 1e8 * 1.1;
    if (bitcoind.rpc("getbalance").asDouble() < needed) {
      bitcoind.mine(101);
    }
  }
}
