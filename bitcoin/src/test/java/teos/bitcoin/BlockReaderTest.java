package teos.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import fr.acinq.bitcoin.Block;
import fr.acinq.bitcoin.Transaction;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import teos.testkit.Bitcoind;
import teos.testkit.LightningChannel;
import teos.testkit.junit.TestBitcoind;

/** Parses blocks of a real bitcoind, and compares the result with that of bitcoin-kmp. */
@Tag("bitcoind")
class BlockReaderTest {

  @TestBitcoind(blocks = 110)
  private static Bitcoind bitcoind;

  private static byte[] raw;
  private static BlockId id;

  @BeforeAll
  static void mineBlockWithAllKindsOfTransactions() throws Exception {
    List<LightningChannel> channels = LightningChannel.openMany(bitcoind, 30);
    for (LightningChannel channel : channels) {
      bitcoind.rpc("sendrawtransaction", HexFormat.of().formatHex(channel.commitment()));
    }
    for (String type : List.of("legacy", "p2sh-segwit", "bech32", "bech32m")) {
      String address = bitcoind.rpc("getnewaddress", "", type).asText();
      bitcoind.rpc("sendtoaddress", address, 1);
    }
    bitcoind.mine(1);
    // Spend each of these outputs; the spend of the legacy one has no witness.
    bitcoind.rpc("sendall", List.of(bitcoind.rpc("getnewaddress").asText()));
    String legacy = bitcoind.rpc("getnewaddress", "", "legacy").asText();
    bitcoind.mine(1);
    bitcoind.rpc("sendall", List.of(legacy));
    bitcoind.mine(1);
    bitcoind.rpc("sendall", List.of(bitcoind.rpc("getnewaddress").asText()));
    for (LightningChannel channel : channels.subList(0, 10)) {
      bitcoind.rpc("sendrawtransaction", HexFormat.of().formatHex(channel.penalty(10)));
    }
    String hash = bitcoind.mine(1).getFirst();
    raw = HexFormat.of().parseHex(bitcoind.rpc("getblock", hash, 0).asText());
    id = new BlockId(hash, bitcoind.height());
  }

  @Test
  void read_realBlocks_sameAsBitcoinKmp() {
    int withoutWitness = 0;
    for (int height = 0; height <= bitcoind.height(); height++) {
      String hash = bitcoind.rpc("getblockhash", height).asText();
      byte[] bytes = HexFormat.of().parseHex(bitcoind.rpc("getblock", hash, 0).asText());
      Block expected = Block.read(bytes);

      ConnectedBlock block = BlockReader.read(new BlockId(hash, height), bytes);

      assertThat(block.previousHash())
          .isEqualTo(expected.header.hashPreviousBlock.value.reversed().toHex());
      assertThat(block.txids()).hasSize(expected.tx.size());
      for (int i = 0; i < expected.tx.size(); i++) {
        Transaction transaction = expected.tx.get(i);
        assertThat(block.txids().get(i)).hasToString(transaction.txid.toString());
        assertThat(block.transaction(i)).isEqualTo(Transaction.write(transaction));
        assertOutline(block.transaction(i), transaction);
        withoutWitness += transaction.getHasWitness() ? 0 : 1;
      }
    }
    assertThat(withoutWitness).isGreaterThan(1); // the coinbase of the genesis block is one
  }

  @Test
  void read_truncatedOrExtendedBlock_throws() {
    for (int length = 0; length < raw.length; length++) {
      byte[] truncated = Arrays.copyOf(raw, length);
      assertThatIllegalArgumentException().isThrownBy(() -> BlockReader.read(id, truncated));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlockReader.read(id, Arrays.copyOf(raw, raw.length + 1)));
  }

  @Test
  void read_corruptedBlock_terminatesInBoundedMemory() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] corrupted = raw.clone();
      for (int j = 0; j < 1 + i % 4; j++) {
        corrupted[80 + random.nextInt(raw.length - 80)] = (byte) random.nextInt(256);
      }
      try {
        BlockReader.read(id, corrupted);
      } catch (IllegalArgumentException e) {
        // expected, unless only a script or an amount was corrupted
      }
    }
  }

  private static void assertOutline(byte[] raw, Transaction expected) {
    TransactionOutline outline = RawTransactions.outline(raw);
    assertThat(outline.txid()).hasToString(expected.txid.toString());
    assertThat(outline.inputs()).isEqualTo(expected.txIn.size());
    assertThat(outline.outputs()).isEqualTo(expected.txOut.size());
    assertThat(outline.weight()).isEqualTo(expected.weight());
    byte[] stripped = RawTransactions.withoutWitnesses(raw);
    assertThat(RawTransactions.txid(stripped)).isEqualTo(outline.txid());
    assertThat(Transaction.read(stripped).getHasWitness()).isFalse();
  }

  @Test
  void outline_transactionThatBitcoindDoesNotDecode_throws() {
    String version = "02000000";
    String input = "ab".repeat(32) + "00000000" + "00" + "ffffffff";
    String output = "e803000000000000" + "00";
    String lockTime = "00000000";
    byte[] valid = hex(version + "0001" + "01" + input + "01" + output + "01" + "01aa" + lockTime);
    assertThat(RawTransactions.outline(valid).outputs()).isEqualTo(1);

    assertRejected(version + "0002" + "01" + input + "01" + output + "01" + "01aa" + lockTime);
    assertRejected(version + "0001" + "01" + input + "01" + output + "00" + lockTime);
    assertRejected(version + "fd0100" + input + "01" + output + lockTime);
    assertRejected(version + "01" + input + "01" + output + lockTime + "00");
    assertRejected(version + "01" + input + "02" + output + lockTime);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static void assertRejected(String raw) {
    assertThatIllegalArgumentException()
        .as(raw)
        .isThrownBy(() -> RawTransactions.outline(hex(raw)));
  }
}
