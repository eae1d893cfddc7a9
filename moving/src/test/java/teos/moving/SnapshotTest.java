package teos.moving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest {

  private static final Interruption NEVER = () -> false;

  @TempDir Path temp;

  private Path source() throws IOException {
    Path source = temp.resolve("source");
    Files.createDirectories(source.resolve("db"));
    Files.writeString(source.resolve("key"), "0");
    Files.writeString(source.resolve("db/log"), "0");
    Files.writeString(source.resolve("unasked"), "x");
    return source;
  }

  private Snapshot snapshot(Path source) {
    return new Snapshot(source, List.of("key", "db", "not-there"), temp.resolve("copy"));
  }

  /** Writes the same number to two files, one after the other, until told to stop. */
  private static Thread writer(Path source, AtomicBoolean stop, CountDownLatch begun) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                for (int i = 1; !stop.get(); i++) {
                  Files.writeString(source.resolve("key"), Integer.toString(i));
                  Files.writeString(source.resolve("db/log"), Integer.toString(i));
                  Files.writeString(source.resolve("db/table" + i % 10), "t");
                  Files.deleteIfExists(source.resolve("db/table" + (i + 5) % 10));
                  begun.countDown();
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  @Test
  void copiesWhatIsAskedForAndNothingElse() throws Exception {
    Path source = source();
    Files.createDirectories(temp.resolve("copy/old"));
    snapshot(source).take(text -> {}, NEVER);
    assertThat(temp.resolve("copy/db/log")).hasContent("0");
    assertThat(temp.resolve("copy/unasked")).doesNotExist();
    assertThat(temp.resolve("copy/old")).doesNotExist();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.resolve("copy"))))
        .isEqualTo("rwx------");
  }

  @Test
  void isOfOneMoment() throws Exception {
    Path source = source();
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Thread writer = writer(source, stop, begun);
    begun.await();
    Consumer<String> stopAtTheSecond =
        text -> {
          if (text.contains("again")) {
            stop.set(true);
          }
        };
    snapshot(source).take(stopAtTheSecond, NEVER);
    writer.join();
    assertThat(stop).as("that it was seen to change").isTrue();
    assertThat(temp.resolve("copy/db/log"))
        .hasContent(Files.readString(temp.resolve("copy/key")));
  }

  @Test
  void isNotTakenOfWhatChangesAllTheWhile() throws Exception {
    Path source = source();
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Thread writer = writer(source, stop, begun);
    begun.await();
    assertThatThrownBy(() -> snapshot(source).take(text -> {}, NEVER))
        .isInstanceOf(MovingException.class)
        .hasMessageContaining("stop the tower");
    stop.set(true);
    writer.join();
  }

  @Test
  void isGivenUpWhenThatIsWanted() throws Exception {
    assertThatThrownBy(() -> snapshot(source()).take(text -> {}, () -> true))
        .isInstanceOf(MovingException.class)
        .hasMessageContaining("interrupted");
  }
}
