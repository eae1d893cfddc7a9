package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AppointmentTest {

  private static final Locator LOCATOR = Locator.fromHex("000102030405060708090a0b0c0d0e0f");

  @ParameterizedTest
  @CsvSource({"0,1", "1,1", "2048,1", "2049,2", "4096,2", "4097,3", "400016,196"})
  void slots_ofBlobLength(int blobLength, int slots) {
    assertThat(new Appointment(LOCATOR, new byte[blobLength], 20).slots()).isEqualTo(slots);
  }

  @Test
  void signedBytes_containsAllFields() {
    byte[] signed = new Appointment(LOCATOR, new byte[] {(byte) 0xaa}, 0xffff_ffffL).signedBytes();
    assertThat(signed)
        .asHexString()
        .isEqualToIgnoringCase("000102030405060708090a0b0c0d0e0faaffffffff");
  }

  @Test
  void rejectsDelayThatIsNotUnsigned32Bit() {
    for (long delay : new long[] {-1, 0x1_0000_0000L}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Appointment(LOCATOR, new byte[0], delay));
    }
  }

  @Test
  void locator_followsTheByteOrderOfTheDialect() {
    Txid txid =
        Txid.fromDisplayHex("7ba4f298e2f2742c1d09d185d83a2bb93c926f7fe8263a4542ffc37bae96b177");
    assertThat(Dialect.V1.locator(txid)).hasToString("7ba4f298e2f2742c1d09d185d83a2bb9");
    assertThat(Dialect.V2.locator(txid)).hasToString("77b196ae7bc3ff42453a26e87f6f923c");
    assertThat(txid)
        .hasToString("7ba4f298e2f2742c1d09d185d83a2bb93c926f7fe8263a4542ffc37bae96b177");
  }

  @Test
  void publicKey_rejectsPointsThatAreNotOnTheCurve() {
    for (String hex :
        new String[] {
          "02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
          "05a59522873a501da543d1498101544784762a4331ee3b06bea2d9df0e7168b07b",
          "04a59522873a501da543d1498101544784762a4331ee3b06bea2d9df0e7168b07b",
          "02ab",
          ""
        }) {
      assertThatIllegalArgumentException().isThrownBy(() -> PublicKey.fromHex(hex));
    }
    String good = "03a59522873a501da543d1498101544784762a4331ee3b06bea2d9df0e7168b07b";
    assertThat(PublicKey.fromHex(good)).hasToString(good);
  }
}
