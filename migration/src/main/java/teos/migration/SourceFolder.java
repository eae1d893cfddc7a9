package teos.migration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import teos.common.DurableFile;
import teos.migration.python.PythonTower;
import teos.migration.rust.RustTower;

/**
 * The data folder of another tower.
 *
 * @param kind which program's it is
 * @param folder where its files are
 */
public record SourceFolder(Kind kind, Path folder) {

  /** The programs whose folders are understood. */
  public enum Kind {
    PYTHON_TEOS("python-teos"),
    RUST_TEOS("rust-teos");

    private final String program;

    Kind(String program) {
      this.program = program;
    }

    /** The program's name. */
    public String program() {
      return program;
    }

    private boolean isIn(Path folder) {
      return switch (this) {
        case PYTHON_TEOS -> PythonTower.isIn(folder);
        case RUST_TEOS -> RustTower.isIn(folder);
      };
    }
  }

  private static final String SOUGHT =
      "looked for python-teos's ("
          + String.join(", ", PythonTower.FILES)
          + ") and rust-teos's ("
          + RustTower.DATABASE
          + ")";

  /**
   * Finds the tower's files.
   *
   * @param given the data folder, the network's folder in it, or, to choose where there are two
   *     towers, a file: {@code teos_sk.der} or {@code teos_db.sql3}
   * @param networkFolders names that the network's folder has with either program
   * @throws MigrationException if there is none, or more than one
   */
  public static SourceFolder find(Path given, List<String> networkFolders)
      throws MigrationException {
    Path path = given.toAbsolutePath().normalize();
    if (Files.isRegularFile(path)) {
      return ofFile(path);
    }
    if (!Files.isDirectory(path)) {
      throw new MigrationException(
          MigrationException.Kind.SOURCE,
          path + " is not there: the data folder to import is expected");
    }
    Set<Path> folders = new LinkedHashSet<>();
    folders.add(path);
    networkFolders.forEach(name -> folders.add(path.resolve(name)));
    List<SourceFolder> found = new ArrayList<>();
    for (Path folder : folders) {
      for (Kind kind : Kind.values()) {
        if (kind.isIn(folder)) {
          found.add(new SourceFolder(kind, folder));
        }
      }
    }
    return switch (found.size()) {
      case 1 -> found.getFirst();
      case 0 ->
          throw new MigrationException(
              MigrationException.Kind.SOURCE,
              "no tower is in "
                  + path
                  + ": "
                  + SOUGHT
                  + " there and in its folders "
                  + String.join(", ", networkFolders)
                  + ". Is btc_network the network of that tower?");
      default ->
          throw new MigrationException(
              MigrationException.Kind.SOURCE,
              "more than one tower is in "
                  + path
                  + ": "
                  + String.join(", ", found.stream().map(SourceFolder::toString).toList())
                  + ". Name the file of the one that is meant: "
                  + PythonTower.KEY
                  + " for python-teos's, "
                  + RustTower.DATABASE
                  + " for rust-teos's");
    };
  }

  private static SourceFolder ofFile(Path file) throws MigrationException {
    Path folder = DurableFile.folderOf(file);
    for (Kind kind : Kind.values()) {
      String name = kind == Kind.PYTHON_TEOS ? PythonTower.KEY : RustTower.DATABASE;
      if (file.getFileName().toString().equals(name) && kind.isIn(folder)) {
        return new SourceFolder(kind, folder);
      }
    }
    throw new MigrationException(
        MigrationException.Kind.SOURCE, file + " is no tower's: " + SOUGHT + " in its folder");
  }

  /**
   * Copies its files to {@code copy}, and opens the copy.
   *
   * @throws MigrationException if they are damaged, or change all the while
   */
  public SourceTower open(Path copy, Consumer<String> progress, CancellationToken cancellation)
      throws IOException, MigrationException, InterruptedException {
    List<String> names =
        switch (kind) {
          case PYTHON_TEOS -> PythonTower.FILES;
          case RUST_TEOS -> RustTower.FILES;
        };
    new Snapshot(folder, names, copy).take(progress, cancellation);
    return switch (kind) {
      case PYTHON_TEOS -> PythonTower.open(copy, folder);
      case RUST_TEOS -> RustTower.open(copy, folder);
    };
  }

  @Override
  public String toString() {
    return kind.program + "'s in " + folder;
  }
}
