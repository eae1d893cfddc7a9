package teos.wtwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import teos.protocol.Locator;
import teos.wtwire.Message.CreateSession;
import teos.wtwire.Message.CreateSessionReply;
import teos.wtwire.Message.DeleteSession;
import teos.wtwire.Message.DeleteSessionReply;
import teos.wtwire.Message.ErrorMessage;
import teos.wtwire.Message.Init;
import teos.wtwire.Message.StateUpdate;
import teos.wtwire.Message.StateUpdateReply;

class MessagesTest {

  private static final Random RANDOM = new Random(1);

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  static Stream<Message> all() {
    return Stream.of(
        new Init(new byte[] {0x2a}, bytes(32)),
        new Init(new byte[0], bytes(32)),
        new ErrorMessage(40, bytes(3)),
        new CreateSession(2, 65_535, 0xffff_ffffL, 0, 2_500),
        new CreateSessionReply(ErrorCode.OK, 0, new byte[0]),
        new CreateSessionReply(ErrorCode.REJECT_BLOB_TYPE, 65_535, bytes(22)),
        new StateUpdate(1, 0, false, new Locator(bytes(16)), bytes(314)),
        new StateUpdate(65_535, 65_534, true, new Locator(bytes(16)), bytes(252)),
        new StateUpdateReply(ErrorCode.CLIENT_BEHIND, 7),
        new DeleteSession(),
        new DeleteSessionReply(ErrorCode.NOT_FOUND));
  }

  @ParameterizedTest
  @MethodSource("all")
  void decode_encoded_returnsTheMessage(Message message) throws Exception {
    byte[] bytes = Messages.encode(message);
    assertThat(Messages.decode(bytes)).usingRecursiveComparison().isEqualTo(message);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 5);
    assertThat(Messages.decode(longer)).usingRecursiveComparison().isEqualTo(message);
    for (int length = 0; length < bytes.length; length++) {
      byte[] truncated = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> Messages.decode(truncated))
          .isInstanceOf(WtwireException.class)
          .hasMessageContaining("truncated");
    }
  }

  @Test
  void encode_returnsTheBytesOfLnd() {
    assertThat(hex(new CreateSession(0b110, 1024, 0, 0, 2_500)))
        .isEqualTo("025a" + "0006" + "0400" + "00000000" + "00000000" + "00000000000009c4");
    assertThat(hex(new StateUpdate(1, 0, true, new Locator(new byte[16]), new byte[300])))
        .isEqualTo("025c" + "0001" + "0000" + "01" + "00".repeat(16) + "fd2c01" + "00".repeat(300));
    assertThat(hex(new Init(Features.tower(), new byte[32])))
        .isEqualTo("0258" + "0001" + "2a" + "00".repeat(32));
  }

  private static String hex(Message message) {
    return HexFormat.of().formatHex(Messages.encode(message));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0257",
        "0260",
        "0000",
        "025b00ff0000",
        "025d00290000",
        "025b00000000" + "fdfc00",
        "025b00000000" + "fe0000ffff",
        "025b00000000" + "ffffffffffffffffff",
        "025b00000000" + "feffff0000"
      })
  void decode_malformed_throws(String hex) {
    assertThatThrownBy(() -> Messages.decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(WtwireException.class);
  }

  @Test
  void decode_randomBytes_returnsAMessageOrThrows() {
    for (int i = 0; i < 20_000; i++) {
      byte[] random = bytes(RANDOM.nextInt(400));
      if (random.length > 1) {
        random[0] = 2;
        random[1] = (byte) (0x58 + RANDOM.nextInt(8));
      }
      try {
        assertThat(Messages.decode(random)).isNotNull();
      } catch (WtwireException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      }
    }
  }

  @Test
  void unknownRequired_returnsTheLowestUnknownEvenBit() {
    assertThat(Features.unknownRequired(Features.tower())).isEmpty();
    assertThat(Features.unknownRequired(new byte[0])).isEmpty();
    assertThat(Features.unknownRequired(new byte[] {0b0011_1111})).isEmpty();
    assertThat(Features.unknownRequired(new byte[] {0b0100_0000})).contains(6);
    assertThat(Features.unknownRequired(new byte[] {2, 0})).isEmpty();
    assertThat(Features.unknownRequired(new byte[] {4, 0})).contains(10);
  }
}
