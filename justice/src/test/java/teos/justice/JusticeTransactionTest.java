package teos.justice;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares justice transactions with those of lnd's own tower, byte for byte. */
class JusticeTransactionTest {

  private static final int CASES = 1_000;

  /** In CI a missing Go toolchain fails the test instead of skipping it. */
  private static final boolean IN_CI = System.getenv("CI") != null;

  private static List<LndCase> recorded() throws IOException {
    return recorded("lnd-v0.20.0.jsonl");
  }

  private static List<LndCase> recorded(String file) throws IOException {
    try (InputStream in = JusticeTransactionTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), UTF_8).lines().map(LndCase::of).toList();
    }
  }

  private static Optional<byte[]> built(LndCase each) {
    try {
      return Optional.of(
          JusticeTransaction.build(
                  each.blob(), each.policy(), each.rewardScript(), each.commitment(), each.txid())
              .raw());
    } catch (JusticeException e) {
      return Optional.empty();
    }
  }

  private static String failure(LndCase each) {
    try {
      JusticeTransaction.build(
          each.blob(), each.policy(), each.rewardScript(), each.commitment(), each.txid());
      return "no failure";
    } catch (JusticeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void assertSame(LndCase each) {
    assertThat(BreachHint.of(each.txid())).isEqualTo(each.hint());
    assertThat(each.policy().type().blobLength()).contains(each.blob().length);
    assertThat(built(each).map(HexFormat.of()::formatHex))
        .as("%s of %s: %s", each.policy(), each.txid(), failure(each))
        .isEqualTo(each.justice().map(HexFormat.of()::formatHex));
  }

  @Test
  void build_recordedCases_sameAsLnd() throws Exception {
    assertThat(recorded()).hasSize(40).allSatisfy(JusticeTransactionTest::assertSame);
    assertThat(recorded()).anyMatch(each -> each.justice().isEmpty());
  }

  @Test
  void build_selfDelay_isThatOfTheKit() throws Exception {
    int delayAt = 1 + 42 + 33 + 33;
    for (LndCase each : recorded()) {
      if (each.justice().isPresent()) {
        byte[] kit = XChaCha20Poly1305.decrypt(BreachHint.blobKey(each.txid()), each.blob());
        JusticeTransaction justice =
            JusticeTransaction.build(
                each.blob(), each.policy(), each.rewardScript(), each.commitment(), each.txid());
        assertThat(justice.selfDelay())
            .isEqualTo(
                each.policy().type().commitmentType().isTaproot()
                    ? 0
                    : ByteBuffer.wrap(kit, delayAt, 4).getInt())
            .isBetween(0L, 0xffffL);
      }
    }
  }

  /** lnd has this type since 0.21.0; the version that interop/lnd builds does not have it. */
  @Test
  void build_recordedCasesWithFinalTaprootScripts_sameAsLnd() throws Exception {
    assertThat(recorded("lnd-v0.21.0-taproot-final.jsonl"))
        .hasSize(20)
        .allMatch(each -> each.policy().type().equals(BlobType.TAPROOT_FINAL))
        .allSatisfy(JusticeTransactionTest::assertSame)
        .anyMatch(each -> each.justice().isEmpty());
  }

  @Test
  @Tag("lnd")
  void build_randomCases_sameAsLnd() throws Exception {
    Path script = script();
    boolean go =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go")));
    Assumptions.assumeTrue(go || IN_CI, "go is not on the PATH; it is needed to build lnd's part");
    long seed = new SecureRandom().nextInt() & 0xffff_ffffL;
    Process oracle =
        new ProcessBuilder(
                script.toString(), "oracle", Integer.toString(CASES), Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<LndCase> all =
        new String(oracle.getInputStream().readAllBytes(), UTF_8).lines().map(LndCase::of).toList();
    assertThat(oracle.waitFor()).isZero();
    assertThat(all)
        .as("seed " + seed)
        .hasSize(CASES)
        .allSatisfy(JusticeTransactionTest::assertSame);
  }

  private static Path script() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isExecutable(folder.resolve("scripts/lnd-program"))) {
      folder = Objects.requireNonNull(folder.getParent(), "not within the project");
    }
    return folder.resolve("scripts/lnd-program");
  }

  @Test
  void build_invalidInput_throwsWithAReason() throws Exception {
    LndCase good =
        recorded().stream().filter(each -> each.justice().isPresent()).findFirst().orElseThrow();
    LndCase other = recorded().getLast();
    assertRefused(good, good.blob(), good.commitment(), other, "not encrypted under this");
    assertRefused(good, new byte[39], good.commitment(), good, "39 bytes is too short");
    byte[] changed = good.blob().clone();
    changed[100] ^= 1;
    assertRefused(good, changed, good.commitment(), good, "not encrypted under this");
    byte[] key = BreachHint.blobKey(good.txid());
    byte[] kit = XChaCha20Poly1305.decrypt(key, good.blob());
    byte[] nonce = new byte[XChaCha20Poly1305.NONCE_LENGTH];
    byte[] longer = Arrays.copyOf(kit, kit.length + 1);
    assertRefused(
        good,
        XChaCha20Poly1305.encrypt(key, nonce, longer),
        good.commitment(),
        good,
        "275 bytes, expected 274");
    for (int at = 0; at < kit.length; at++) {
      byte[] corrupted = kit.clone();
      corrupted[at] ^= (byte) 0xff;
      byte[] blob = XChaCha20Poly1305.encrypt(key, nonce, corrupted);
      boolean unused = isPaddingOfScript(at, kit) || isUnusedToRemote(at, good.policy(), kit);
      if (!unused) {
        assertThatThrownBy(
                () ->
                    JusticeTransaction.build(
                        blob, good.policy(), good.rewardScript(), good.commitment(), good.txid()))
            .as("byte " + at)
            .isInstanceOf(JusticeException.class);
      }
    }
  }

  private static boolean isPaddingOfScript(int at, byte[] kit) {
    return at > kit[0] && at < 43;
  }

  private static boolean isUnusedToRemote(int at, JusticePolicy policy, byte[] kit)
      throws JusticeException {
    boolean unused = !JusticeKit.decode(kit, policy.type().commitmentType()).hasToRemote();
    return unused && at >= kit.length - 33 - 64;
  }

  private static void assertRefused(
      LndCase of, byte[] blob, byte[] commitment, LndCase under, String error) {
    assertThatThrownBy(
            () ->
                JusticeTransaction.build(
                    blob, of.policy(), of.rewardScript(), commitment, under.txid()))
        .isInstanceOf(JusticeException.class)
        .hasMessageContaining(error);
  }

  /** draft-irtf-cfrg-xchacha-03, 2.2.1. */
  @Test
  void hChaCha20_testVectorOfTheDraft() {
    byte[] key =
        HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    byte[] nonce = HexFormat.of().parseHex("000000090000004a0000000031415927");
    assertThat(HexFormat.of().formatHex(XChaCha20Poly1305.hChaCha20(key, nonce)))
        .isEqualTo("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
  }

  @Test
  void blobType_hasLndsNameAndLength() {
    assertThat(BlobType.TAPROOT).hasToString("taproot");
    assertThat(new BlobType(0b1110)).hasToString("0b1110");
    assertThat(new BlobType(0b1110).isKnown()).isFalse();
    assertThat(new BlobType(0b1110).blobLength()).isEmpty();
    assertThat(BlobType.ANCHOR.blobLength()).contains(24 + 274 + 16);
    assertThat(BlobType.TAPROOT_FINAL.blobLength()).contains(24 + 300 + 16);
  }
}
