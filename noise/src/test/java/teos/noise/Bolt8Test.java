package teos.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/** Test vectors of BOLT 8, appendix A. */
class Bolt8Test {

  private static final String ACT_ONE =
      "00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f7"
          + "0df6086551151f58b8afe6c195782c6a";
  private static final String ACT_TWO =
      "0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f27"
          + "6e2470b93aac583c9ef6eafca3f730ae";
  private static final String ACT_THREE =
      "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355"
          + "361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba";

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static SecretKey key(int each) {
    byte[] bytes = new byte[SecretKey.LENGTH];
    Arrays.fill(bytes, (byte) each);
    return new SecretKey(bytes);
  }

  private static final PublicKey RESPONDER =
      PublicKey.fromHex("028d7500dd4c12685d1f568b4c2b5048e8534b873319f3a8daa612b469132ec7f7");
  private static final PublicKey INITIATOR =
      PublicKey.fromHex("034f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa");

  private final Initiator initiator = new Initiator(key(0x11), key(0x12), RESPONDER);
  private final Responder responder = new Responder(key(0x21), key(0x22));

  @Test
  void handshake_succeeds() throws Exception {
    assertThat(initiator.actOne()).isEqualTo(bytes(ACT_ONE));
    assertThat(responder.actTwo(bytes(ACT_ONE))).isEqualTo(bytes(ACT_TWO));
    assertThat(initiator.actThree(bytes(ACT_TWO))).isEqualTo(bytes(ACT_THREE));
    assertThat(responder.session(bytes(ACT_THREE)).remoteKey()).isEqualTo(INITIATOR);
    assertThat(initiator.session().remoteKey()).isEqualTo(RESPONDER);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730,"
        + " 49 bytes",
    "0102466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae,"
        + " version 1",
    "0004466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae,"
        + " not a public key",
    "0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730af,"
        + " bad tag"
  })
  void actTwo_invalid_throws(String act, String error) {
    initiator.actOne();
    assertThatThrownBy(() -> initiator.actThree(bytes(act)))
        .isInstanceOf(NoiseException.class)
        .hasMessageContainingAll("act two", error);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c,"
        + " 49 bytes",
    "01036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a,"
        + " version 1",
    "00046360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a,"
        + " not a public key",
    "00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6b,"
        + " bad tag"
  })
  void actOne_invalid_throws(String act, String error) {
    assertThatThrownBy(() -> responder.actTwo(bytes(act)))
        .isInstanceOf(NoiseException.class)
        .hasMessageContainingAll("act one", error);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "01b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba,"
        + " version 1",
    "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139,"
        + " 65 bytes",
    "00c9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba,"
        + " bad tag",
    "00bfe3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa2235536ad09a8ee351870c2bb7f78b754a26c6cef79a98d25139c856d7efd252c2ae73c,"
        + " not a public key",
    "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139bb,"
        + " bad tag"
  })
  void actThree_invalid_throws(String act, String error) throws Exception {
    responder.actTwo(bytes(ACT_ONE));
    assertThatThrownBy(() -> responder.session(bytes(act)))
        .isInstanceOf(NoiseException.class)
        .hasMessageContainingAll("act three", error);
  }

  /** Keys are rotated after 1,000 uses, so after 500 messages. */
  @Test
  void messages_withKeyRotation() throws Exception {
    initiator.actOne();
    responder.actTwo(bytes(ACT_ONE));
    initiator.actThree(bytes(ACT_TWO));
    Session sender = initiator.session();
    Session receiver = responder.session(bytes(ACT_THREE));
    Map<Integer, String> expected =
        Map.of(
            0, "cf2b30ddf0cf3f80e7c35a6e6730b59fe802473180f396d88a8fb0db8cbcf25d2f214cf9ea1d95",
            1, "72887022101f0b6753e0c7de21657d35a4cb2a1f5cde2650528bbc8f837d0f0d7ad833b1a256a1",
            500, "178cb9d7387190fa34db9c2d50027d21793c9bc2d40b1e14dcf30ebeeeb220f48364f7a4c68bf8",
            501, "1b186c57d44eb6de4c057c49940d79bb838a145cb528d6e8fd26dbe50a60ca2c104b56b60e45bd",
            1000, "4a2f3cc3b5e78ddb83dcb426d9863d9d9a723b0337c89dd0b005d89f8d3c05c52b76b29b740f09",
            1001, "2ecd8c8a5629d0d02ab457a0fdd0f7b90a192cd46be5ecb6ca570bfc5e268338b1a16cf4ef2d36");
    byte[] hello = {'h', 'e', 'l', 'l', 'o'};
    for (int i = 0; i <= 1001; i++) {
      byte[] encrypted = sender.encrypt(hello);
      if (expected.containsKey(i)) {
        assertThat(encrypted).as("message " + i).isEqualTo(bytes(expected.get(i)));
      }
      int length = receiver.bodyLength(Arrays.copyOf(encrypted, Session.HEADER_LENGTH));
      assertThat(length).isEqualTo(encrypted.length - Session.HEADER_LENGTH);
      byte[] body = Arrays.copyOfRange(encrypted, Session.HEADER_LENGTH, encrypted.length);
      assertThat(receiver.decrypt(body)).isEqualTo(hello);
    }
  }
}
