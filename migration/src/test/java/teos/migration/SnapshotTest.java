package teos.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {

  /** Longer than the period in which a change counts as fresh, so that each attempt copies. */
  private static final Duration RETRY_DELAY = Duration.ofMillis(100);

  private static final CancellationToken NOT_CANCELLED = () -> false;

  @TempDir Path temp;

  private Path source() throws IOException {
    Path source = temp.resolve("source");
    Files.createDirectories(source.resolve("db"));
    Files.writeString(source.resolve("key"), "0");
    Files.writeString(source.resolve("db/log"), "0");
    Files.writeString(source.resolve("other"), "x");
    return source;
  }

  private Snapshot snapshot(Path source) {
    return new Snapshot(source, List.of("key", "db", "missing"), temp.resolve("copy"), RETRY_DELAY);
  }

  @Test
  void take_copiesOnlyTheNamedFiles() throws Exception {
    Path source = source();
    Files.createDirectories(temp.resolve("copy/old"));
    snapshot(source).take(text -> {}, NOT_CANCELLED);
    assertThat(temp.resolve("copy/db/log")).hasContent("0");
    assertThat(temp.resolve("copy/other")).doesNotExist();
    assertThat(temp.resolve("copy/old")).doesNotExist();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.resolve("copy"))))
        .isEqualTo("rwx------");
  }

  @Test
  void take_filesChangingOnce_copiesAgain() throws Exception {
    Path source = source();
    List<String> messages = new ArrayList<>();
    Consumer<String> changeOnce =
        text -> {
          if (messages.isEmpty()) {
            append(source.resolve("key"));
            append(source.resolve("db/log"));
          }
          messages.add(text);
        };
    snapshot(source).take(changeOnce, NOT_CANCELLED);
    assertThat(messages).as("reports of a change").anyMatch(text -> text.contains("again"));
    assertThat(temp.resolve("copy/key")).hasContent("01");
    assertThat(temp.resolve("copy/db/log")).hasContent("01");
  }

  @Test
  void take_filesThatKeepChanging_fails() throws Exception {
    Path source = source();
    Consumer<String> change =
        text -> {
          if (text.startsWith("copying")) {
            append(source.resolve("db/log"));
          }
        };
    assertThatThrownBy(() -> snapshot(source).take(change, NOT_CANCELLED))
        .isInstanceOf(MigrationException.class)
        .hasMessageContaining("stop the tower");
  }

  private static void append(Path file) {
    try {
      Files.writeString(file, "1", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void take_cancelled_fails() throws Exception {
    assertThatThrownBy(() -> snapshot(source()).take(text -> {}, () -> true))
        .isInstanceOf(MigrationException.class)
        .hasMessageContaining("interrupted");
  }
}
