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
 * Data folder of another tower.
 *
 * @param kind the program that it belongs to
 * @param folder the folder with the tower's files
 */
public record SourceFolder(Kind kind, Path folder) {

  /** Programs whose folders can be imported. */
  public enum Kind {
    PYTHON_TEOS("python-teos"),
    RUST_TEOS("rust-teos");

    private final String program;

    Kind(String program) {
      this.program = program;
    }

    /** Returns the program's name. */
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

  private static final String EXPECTED =
      "expected the files of python-teos ("
          + String.join(", ", PythonTower.FILES)
          + ") or rust-teos ("
          + RustTower.DATABASE
          + ")";

  /**
   * Finds the tower's files.
   *
   * @param given the data folder, the network's folder in it, or a file, which selects one of two
   *     towers in the same folder: {@code teos_sk.der} or {@code teos_db.sql3}
   * @param networkFolders names of the network's folder in the two programs
   * @throws MigrationException if there is no tower, or more than one
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
          path + " does not exist; expected the data folder to import");
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
              "no tower found in "
                  + path
                  + ": "
                  + EXPECTED
                  + " in it or in its folders "
                  + String.join(", ", networkFolders)
                  + ". Check that btc_network is the network of that tower");
      default ->
          throw new MigrationException(
              MigrationException.Kind.SOURCE,
              "found more than one tower in "
                  + path
                  + ": "
                  + String.join(", ", found.stream().map(SourceFolder::toString).toList())
                  + ". Give the file of the one to import: "
                  + PythonTower.KEY
                  + " for python-teos, "
                  + RustTower.DATABASE
                  + " for rust-teos");
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
        MigrationException.Kind.SOURCE,
        file + " does not belong to a tower: " + EXPECTED + " in its folder");
  }

  /**
   * Copies the tower's files to {@code copy}, and opens the copy.
   *
   * @throws MigrationException if they are damaged, or keep changing
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
    return kind.program + " in " + folder;
  }
}
