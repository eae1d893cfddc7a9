package teos.dist;

import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import teos.common.Folders;
import teos.dist.training.Training;

/**
 * Build step {@code MakeImage ROOT FOLDER TIMESTAMP VERSION}, which creates the {@link Image} in
 * {@code FOLDER} from the packaged modules in {@code ROOT}.
 */
public final class MakeImage {

  private MakeImage() {}

  public static void main(String... args) throws Exception {
    Path root = Path.of(args[0]);
    Image image = new Image(Path.of(args[1]));
    Instant timestamp = Instant.parse(args[2]);

    Folders.delete(image.root());
    Libraries libraries = new Libraries(image.lib(), args[3]);
    Map<Program, List<String>> classPaths = new EnumMap<>(Program.class);
    for (Program program : Program.values()) {
      classPaths.put(program, libraries.copy(root.resolve(program.module())));
    }
    ManPages.write(image, root.resolve("dist/src/main/man"), args[3], timestamp);
    NativeLibraries.unpack(image);
    Documentation.write(image, root, libraries.others());
    JavaRuntime.link(image.runtime());
    Launchers.write(image, classPaths, root.resolve("dist/src/main/sh/launcher"));
    // Before the training: the JVM ignores an AOT cache if the dates of the jars have changed.
    FileTree.setDates(image.root(), timestamp);
    Training.run(image);
    Completions.write(image);
    FileTree.setDates(image.root(), timestamp);
  }
}
