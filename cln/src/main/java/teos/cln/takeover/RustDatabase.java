package teos.cln.takeover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import teos.client.evidence.Registration;
import teos.protocol.Appointment;
import teos.protocol.Locator;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;

/**
 * Database of rust-teos's plugin, {@code watchtowers_db.sql3}. It is read from a copy, because
 * SQLite writes to a database whose last transaction was interrupted.
 *
 * @see <a
 *     href="https://github.com/talaia-labs/rust-teos/blob/master/watchtower-plugin/src/dbm.rs">its
 *     tables</a>
 */
final class RustDatabase implements AutoCloseable {

  static final String FILE = "watchtowers_db.sql3";
  private static final String[] COMPANIONS = {"", "-journal", "-wal"};

  private final Connection connection;

  private RustDatabase(Connection connection) {
    this.connection = connection;
  }

  /** A tower, with its latest registration. */
  record SavedTower(PublicKey id, String address, long availableSlots, Registration registration) {}

  /** The proof of a misbehaviour: a receipt with the wrong signature. */
  record SavedProof(Locator locator, PublicKey recoveredId) {}

  /** Copies the database from {@code folder} to {@code copy}, and opens the copy. */
  static RustDatabase open(Path folder, Path copy) throws IOException, SQLException {
    for (String companion : COMPANIONS) {
      Path source = folder.resolve(FILE + companion);
      if (Files.exists(source)) {
        Files.copy(source, copy.resolve(FILE + companion));
      }
    }
    return new RustDatabase(DriverManager.getConnection("jdbc:sqlite:" + copy.resolve(FILE)));
  }

  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private interface RowConsumer {
    void accept(ResultSet row) throws SQLException, IOException;
  }

  private void query(String sql, Optional<PublicKey> tower, RowConsumer consumer)
      throws SQLException, IOException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      if (tower.isPresent()) {
        statement.setBytes(1, tower.get().bytes());
      }
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          consumer.accept(rows);
        }
      }
    }
  }

  private <T> List<T> list(String sql, Optional<PublicKey> tower, RowReader<T> reader)
      throws SQLException, IOException {
    List<T> found = new ArrayList<>();
    query(sql, tower, row -> found.add(reader.read(row)));
    return found;
  }

  /** Returns the user's key: the last one, as rust-teos's plugin uses it. */
  Optional<SecretKey> key() throws SQLException, IOException {
    return list(
            "SELECT key FROM keys ORDER BY id DESC LIMIT 1",
            Optional.empty(),
            row -> new SecretKey(HexFormat.of().parseHex(row.getString(1))))
        .stream()
        .findFirst();
  }

  List<SavedTower> towers() throws SQLException, IOException {
    return list(
        "SELECT t.tower_id, t.net_addr, t.available_slots, r.available_slots,"
            + " r.subscription_start, r.subscription_expiry, r.signature"
            + " FROM towers t JOIN registration_receipts r ON r.tower_id = t.tower_id"
            + " WHERE r.subscription_expiry = (SELECT MAX(subscription_expiry)"
            + " FROM registration_receipts WHERE tower_id = t.tower_id)",
        Optional.empty(),
        row ->
            new SavedTower(
                PublicKey.of(row.getBytes(1)),
                row.getString(2),
                row.getLong(3),
                new Registration(
                    row.getLong(4), row.getLong(5), row.getLong(6), row.getString(7))));
  }

  /**
   * Returns the appointments that the tower has not accepted: those to be retried, and those that
   * it has refused, among which rust-teos's plugin counts refusals that would pass.
   */
  List<Appointment> unaccepted(PublicKey tower) throws SQLException, IOException {
    return list(
        "SELECT a.locator, a.encrypted_blob, a.to_self_delay FROM appointments a WHERE a.locator IN"
            + " (SELECT locator FROM pending_appointments WHERE tower_id = ?1"
            + " UNION SELECT locator FROM invalid_appointments WHERE tower_id = ?1)"
            + " ORDER BY a.rowid",
        Optional.of(tower),
        row -> new Appointment(new Locator(row.getBytes(1)), row.getBytes(2), row.getLong(3)));
  }

  /** Receives the receipts of a tower. */
  interface ReceiptConsumer {
    void accept(TakenOverReceipts.Line line) throws IOException;
  }

  /** Passes the receipts of a tower to {@code consumer}, sorted by locator. */
  void receipts(PublicKey tower, ReceiptConsumer consumer) throws SQLException, IOException {
    query(
        "SELECT locator, start_block, user_signature, tower_signature FROM appointment_receipts"
            + " WHERE tower_id = ? ORDER BY locator",
        Optional.of(tower),
        row ->
            consumer.accept(
                new TakenOverReceipts.Line(
                    HexFormat.of().formatHex(row.getBytes(1)),
                    row.getLong(2),
                    row.getString(3),
                    row.getString(4))));
  }

  Optional<SavedProof> proof(PublicKey tower) throws SQLException, IOException {
    return list(
            "SELECT locator, recovered_id FROM misbehaving_proofs WHERE tower_id = ?",
            Optional.of(tower),
            row -> new SavedProof(new Locator(row.getBytes(1)), PublicKey.of(row.getBytes(2))))
        .stream()
        .findFirst();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
