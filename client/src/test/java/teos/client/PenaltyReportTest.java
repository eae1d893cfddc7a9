package teos.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PenaltyReportTest {

  private static final PenaltyReport NOTHING =
      new PenaltyReport(
          Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty());

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  @Test
  void readsTheFieldsOfATower() throws Exception {
    String txid = "22".repeat(32);
    JsonNode dispute =
        json(
            "{'penalty_status': 'in_mempool', 'fee_rate_per_kvb': 1500, 'deadline': 814345,"
                + " 'verdict': 'at_risk', 'n_penalties': 2, 'penalties':"
                + " [{'penalty_txid': '"
                + txid
                + "', 'penalty_status': 'standby', 'fee_rate_per_kvb': 0}]}");
    PenaltyReport report = PenaltyReport.of(dispute);
    assertThat(report)
        .isEqualTo(
            new PenaltyReport(
                Optional.of("in_mempool"),
                OptionalLong.of(1_500),
                OptionalLong.of(814_345),
                Optional.of("at_risk")));
    assertThat(report.isAtRisk()).isTrue();
    assertThat(PenaltyReport.members(dispute))
        .singleElement()
        .satisfies(
            member -> {
              assertThat(member.txid()).hasToString(txid);
              assertThat(member.report().feeRate()).hasValue(0);
              assertThat(member.report().isAtRisk()).isFalse();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'penalty_status': 5, 'fee_rate_per_kvb': '1', 'deadline': -1, 'verdict': null}",
        "{'penalty_status': 'In\\u001b[2J', 'fee_rate_per_kvb': 1.5, 'deadline': [], 'verdict':"
            + " ''}",
        "{'fee_rate_per_kvb': 99999999999999999999, 'penalties': 7}",
        "{'penalties': [{'penalty_txid': 'none'}]}"
      })
  void otherFieldsCountAsMissing(String text) throws Exception {
    assertThat(PenaltyReport.of(json(text))).isEqualTo(NOTHING);
    assertThat(PenaltyReport.members(json(text))).isEmpty();
    assertThat(NOTHING.isAtRisk()).isFalse();
  }
}
