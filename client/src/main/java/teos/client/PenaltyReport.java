package teos.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import teos.protocol.Txid;

/**
 * What a java-teos tower reports about a penalty beyond the transaction, to users with dialect v2.
 * From other towers everything is empty. It is the tower's estimate, which nothing proves.
 *
 * @param status {@code in_mempool}, {@code refused}, …: docs/operating.md
 * @param feeRate in satoshi per 1,000 virtual bytes; empty if unknown
 * @param deadline height of the first block that may contain the cheater's spend; empty if unknown
 * @param verdict whether it will confirm before its deadline: {@code likely}, {@code at_risk},
 *     {@code unlikely} or {@code unknown}; empty if it is not unconfirmed
 */
public record PenaltyReport(
    Optional<String> status,
    OptionalLong feeRate,
    OptionalLong deadline,
    Optional<String> verdict) {

  /** Words of the tower, which are shown to people: others are dropped. */
  private static final Pattern WORD = Pattern.compile("[a-z_]{1,30}");

  /**
   * One of the penalties of a bundle.
   *
   * @param txid its txid
   * @param report what the tower reports about it
   */
  public record Member(Txid txid, PenaltyReport report) {}

  /** Returns whether the owner of the penalty's output should bump it: it may confirm too late. */
  public boolean isAtRisk() {
    return verdict.filter(word -> word.equals("at_risk") || word.equals("unlikely")).isPresent();
  }

  /** Reads the fields of a dispute or of a penalty; those of another type count as missing. */
  static PenaltyReport of(JsonNode json) {
    return new PenaltyReport(
        word(json.path("penalty_status")),
        number(json.path("fee_rate_per_kvb")),
        number(json.path("deadline")),
        word(json.path("verdict")));
  }

  /** Reads the penalties of a bundle; empty if the tower lists none. */
  static List<Member> members(JsonNode dispute) {
    List<Member> members = new ArrayList<>();
    for (JsonNode each : dispute.path("penalties")) {
      try {
        members.add(new Member(Txid.fromDisplayHex(each.path("penalty_txid").asText()), of(each)));
      } catch (IllegalArgumentException e) {
        return List.of();
      }
    }
    return List.copyOf(members);
  }

  private static Optional<String> word(JsonNode value) {
    return Optional.of(value)
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue)
        .filter(text -> WORD.matcher(text).matches());
  }

  private static OptionalLong number(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0
        ? OptionalLong.of(value.longValue())
        : OptionalLong.empty();
  }
}
