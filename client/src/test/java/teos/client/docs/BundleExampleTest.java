package teos.client.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import fr.acinq.bitcoin.OutPoint;
import fr.acinq.bitcoin.Transaction;
import fr.acinq.bitcoin.TxId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.protocol.Blob;
import teos.protocol.Bundle;
import teos.protocol.Dialect;
import teos.protocol.Locator;
import teos.protocol.Txid;

/** The example in docs/bundles.md, from which others write their own encoders. */
class BundleExampleTest {

  private String page;
  private List<byte[]> blocks;
  private Txid commitment;

  @BeforeEach
  void read() throws Exception {
    Path file = Path.of(System.getProperty("teos.root", "..")).resolve("docs/bundles.md");
    assumeTrue(Files.exists(file), "run outside the project's folder");
    page = Files.readString(file);
    blocks =
        Pattern.compile("(?s)```text\n(.*?)```")
            .matcher(page)
            .results()
            .map(block -> bytes(block.group(1)))
            .toList();
    assertThat(blocks).hasSize(2);
    commitment = Txid.fromDisplayHex(inProse("[0-9a-f]{64}"));
  }

  /** Reads lines of hex digits in groups, with comments after two or more spaces. */
  private static byte[] bytes(String text) {
    return HexFormat.of()
        .parseHex(
            text.lines()
                .map(line -> line.replaceFirst("\\s{2,}.*", "").replace(" ", ""))
                .collect(Collectors.joining()));
  }

  private String inProse(String pattern) {
    List<String> found =
        Pattern.compile("`(" + pattern + ")`")
            .matcher(page)
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void exampleIsTheBundleOfTwoTransactions() {
    List<byte[]> members = Bundle.decode(blocks.get(0));
    assertThat(members).hasSize(2);
    assertThat(blocks.get(0)).isEqualTo(Bundle.encode(members));
    OutPoint spent = new OutPoint(new TxId(commitment.toString()), 0);
    List<Transaction> transactions = members.stream().map(Transaction::read).toList();
    assertThat(transactions)
        .allSatisfy(
            transaction -> {
              assertThat(Transaction.write(transaction)).isIn(members);
              assertThat(transaction.txIn).extracting(in -> in.outPoint).containsExactly(spent);
            });
    assertThat(transactions)
        .extracting(transaction -> transaction.txOut.get(0).amount.toLong())
        .containsExactly(100_000L, 99_500L);
  }

  @Test
  void exampleIsEncryptedUnderItsCommitment() {
    assertThat(Locator.fromHex(inProse("[0-9a-f]{32}"))).isEqualTo(Dialect.V2.locator(commitment));
    assertThat(HexFormat.of().formatHex(blocks.get(1)))
        .isEqualTo(HexFormat.of().formatHex(Blob.encrypt(blocks.get(0), commitment, Dialect.V2)));
  }
}
