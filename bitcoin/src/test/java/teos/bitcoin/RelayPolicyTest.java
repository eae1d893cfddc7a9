package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import teos.bitcoin.RelayPolicy.ZeroFeeCommitments;

class RelayPolicyTest {

  @ParameterizedTest
  @CsvSource({
    "/Satoshi:29.4.2/Knots:20260508/, 290402, accept, NONE",
    "/Satoshi:29.4.2/Knots:20260508/, 290402, reject, NO_VERSION_3",
    "/Satoshi:29.4.2/Knots:20260508/, 290402, enforce, ALL",
    "/Satoshi:30.0.0/, 300000, , ALL",
    "/Satoshi:29.0.0/, 290000, , ALL",
    "/Satoshi:28.4.0/, 280400, , WITHOUT_DUST",
    "/Satoshi:27.2.0/, 270200, , NO_VERSION_3",
    "'', 0, , ALL"
  })
  void zeroFeeCommitments_followsPolicyOrVersion(
      String userAgent, int version, String truc, ZeroFeeCommitments expected) {
    RelayPolicy policy = new RelayPolicy(userAgent, version, Optional.ofNullable(truc));
    assertThat(policy.zeroFeeCommitments()).isEqualTo(expected);
  }
}
