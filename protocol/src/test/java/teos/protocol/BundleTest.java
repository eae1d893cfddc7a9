package teos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {

  private static final byte[] MAGIC = HexFormat.of().parseHex("ff62756e646c6501");

  @Property(tries = 200)
  void decode_ofEncoded_returnsTheMembers(@ForAll("members") List<byte[]> members) {
    byte[] bundle = Bundle.encode(members);

    assertThat(Bundle.isBundle(bundle)).isTrue();
    assertThat(Bundle.decode(bundle)).containsExactlyElementsOf(members);
    assertThat(Bundle.decode(bundle, 1)).containsExactly(members.get(0));
    assertThat(Bundle.decode(bundle, 0)).isEmpty();
  }

  @Property(tries = 200)
  void decode_ofATruncatedBundle_returnsTheWholeMembers(
      @ForAll("members") List<byte[]> members, @ForAll @IntRange(min = 1, max = 60) int missing) {
    byte[] bundle = Bundle.encode(members);

    assertThat(Bundle.decode(Arrays.copyOf(bundle, bundle.length - missing)))
        .containsExactlyElementsOf(members.subList(0, members.size() - 1));
  }

  @Property(tries = 1000)
  void decode_ofAnyMembers_neverThrowsNorCopiesMoreThanTheBundle(@ForAll byte[] bytes) {
    byte[] bundle = concat(MAGIC, bytes);

    List<byte[]> members = Bundle.decode(bundle);

    assertThat(members).allSatisfy(member -> assertThat(member).hasSizeGreaterThanOrEqualTo(60));
    assertThat(members.stream().mapToInt(member -> member.length).sum()).isLessThan(bundle.length);
  }

  @Property(tries = 1000)
  void decode_ofAnyBytes_neverThrows(@ForAll byte[] bytes) {
    assertThat(Bundle.isBundle(bytes)).isEqualTo(Arrays.equals(MAGIC, prefix(bytes)));
    if (!Bundle.isBundle(bytes)) {
      assertThat(Bundle.decode(bytes)).isEmpty();
    }
  }

  @Provide
  static Arbitrary<List<byte[]>> members() {
    Arbitrary<Integer> lengths =
        Arbitraries.oneOf(
            Arbitraries.integers().between(60, 600),
            Arbitraries.of(60, 0xfc, 0xfd, 0xfffe, 0xffff, 0x10000, 100_000));
    return Arbitraries.bytes()
        .flatMap(fill -> lengths.map(length -> filled(length, fill)))
        .list()
        .ofMinSize(1)
        .ofMaxSize(12);
  }

  /** The shortest form of each length, as Bitcoin's serialization writes it. */
  @ParameterizedTest
  @CsvSource({"60, 3c", "252, fc", "253, fdfd00", "65535, fdffff", "65536, fe00000100"})
  void encode_writesLengthsAsCompactSize(int length, String size) {
    byte[] member = filled(length, 7);

    assertThat(Bundle.encode(List.of(member)))
        .isEqualTo(concat(MAGIC, HexFormat.of().parseHex(size), member));
  }

  @ParameterizedTest
  @CsvSource({"3c", "fd3c00", "fe3c000000", "ff3c00000000000000"})
  void decode_readsEachFormOfALength(String size) {
    byte[] member = filled(60, 7);

    assertThat(Bundle.decode(concat(MAGIC, HexFormat.of().parseHex(size), member)))
        .containsExactly(member);
  }

  /** Incomplete lengths, and lengths of more bytes than follow. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "fd",
        "fdff",
        "fe",
        "feffffff",
        "ff",
        "ffffffffffffff",
        "3c",
        "fdffff",
        "feffffffff",
        "fe00000080",
        "ffffffffffffffffff",
        "ff0000000000000080"
      })
  void decode_endsAtAMemberThatIsIncomplete(String rest) {
    byte[] member = filled(60, 7);
    byte[] bundle = concat(Bundle.encode(List.of(member)), HexFormat.of().parseHex(rest));

    assertThat(Bundle.decode(bundle)).containsExactly(member);
  }

  @Test
  void decode_ofALengthOf64Bits_ends() {
    byte[] member = filled(60, 7);
    byte[] length = HexFormat.of().parseHex("ff3c00000001000000");

    assertThat(Bundle.decode(concat(Bundle.encode(List.of(member)), length, member)))
        .containsExactly(member);
  }

  @Test
  void decode_skipsMembersThatAreTooShort() {
    byte[] member = filled(60, 7);
    byte[] empty = {0};
    byte[] tooShort = concat(new byte[] {59}, filled(59, 9));

    assertThat(
            Bundle.decode(
                concat(
                    MAGIC,
                    empty,
                    tooShort,
                    concat(new byte[] {60}, member),
                    empty,
                    tooShort,
                    concat(new byte[] {60}, member))))
        .containsExactly(member, member);
  }

  @Test
  void decode_ofTinyMembers_returnsNone() {
    assertThat(Bundle.decode(concat(MAGIC, new byte[2_000_000]))).isEmpty();
  }

  @Test
  void encode_rejectsWhatIsNoTransaction() {
    assertThatThrownBy(() -> Bundle.encode(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one transaction");
    assertThatThrownBy(() -> Bundle.encode(List.of(new byte[60], new byte[59])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 60 bytes")
        .hasMessageContaining("has 59");
  }

  private static byte[] filled(int length, int fill) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static byte[] prefix(byte[] bytes) {
    return Arrays.copyOf(bytes, Math.min(bytes.length, MAGIC.length));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
