package teos.tower.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.tower.store.AppointmentKey;

/** Walks through an inventory with any page sizes and cursors, on either database. */
class InventoryPropertiesTest {

  private static Stock stock;
  private static List<Cursor> all;

  /** Stores many appointments of one locator and many of one user, watched and answered. */
  @BeforeContainer
  static void fill() throws Exception {
    stock = new Stock();
    List<PublicKey> users = Stock.newUsers(5);
    for (int i = 0; i < 60; i++) {
      AppointmentKey key = stock.watch(Stock.locator(i % 12 * 20), users.get(i / 12));
      if (i % 3 == 0) {
        stock.answer(key);
      }
    }
    all = Stock.cursors(stock.all());
    assertThat(all).hasSize(60);
  }

  @AfterContainer
  static void close() throws IOException {
    stock.close();
  }

  @Property(tries = 200)
  void pagesOfAnySizeGiveEachEntryOnce(
      @ForAll @Size(min = 1, max = 10) List<@IntRange(min = 1, max = 20) Integer> sizes) {
    List<Cursor> seen = new ArrayList<>();
    Cursor from = null;
    for (int i = 0; ; i++) {
      List<InventoryEntry> page = stock.page(from, Optional.empty(), sizes.get(i % sizes.size()));
      if (page.isEmpty()) {
        break;
      }
      seen.addAll(Stock.cursors(page));
      from = Cursor.parse(page.getLast().cursor().toBytes());
    }
    assertThat(seen).isEqualTo(all);
  }

  @Property(tries = 200)
  void visit_fromAnyCursor_givesAllLaterEntries(
      @ForAll @Size(Locator.LENGTH) byte[] locator,
      @ForAll @Size(PublicKey.LENGTH) byte[] user,
      @ForAll Cursor.Section part) {
    Cursor anywhere =
        new Cursor(part, new AppointmentKey(new Locator(locator), PublicKey.ofTrusted(user)));
    String from = hex(anywhere);
    List<Cursor> expected = all.stream().filter(cursor -> hex(cursor).compareTo(from) > 0).toList();
    List<InventoryEntry> rest = stock.page(anywhere, Optional.empty(), Integer.MAX_VALUE);
    assertThat(Stock.cursors(rest)).isEqualTo(expected);
  }

  /** Returns text that sorts in the order of a walk. */
  private static String hex(Cursor cursor) {
    return HexFormat.of().formatHex(cursor.toBytes());
  }

  @Property
  void parse_bytesOfACursor_givesTheCursor(
      @ForAll @Size(Locator.LENGTH) byte[] locator,
      @ForAll @Size(PublicKey.LENGTH) byte[] user,
      @ForAll Cursor.Section part) {
    Cursor cursor =
        new Cursor(part, new AppointmentKey(new Locator(locator), PublicKey.ofTrusted(user)));
    assertThat(Cursor.parse(cursor.toBytes())).isEqualTo(cursor);
  }

  @Property
  void parse_otherBytes_throws(@ForAll @Size(max = 60) byte[] bytes) {
    Assume.that(bytes.length != 50 || bytes[0] < 0 || bytes[0] > 1);
    assertThatThrownBy(() -> Cursor.parse(bytes)).isInstanceOf(IllegalArgumentException.class);
  }
}
