package teos.dist;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import teos.common.DurableFile;

/**
 * Metadata of a library from its pom.xml and those of its parents.
 *
 * @param coordinates {@code group:artifact:version}
 * @param licences names of the licences as written there; a user may choose any of them
 * @param holder organization; else the developers; else "the authors of ARTIFACT"
 * @param url home page, if it is an HTTP address
 */
record Pom(String coordinates, List<String> licences, String holder, Optional<String> url) {

  /** Reads the pom.xml beside {@code jar} in a Maven repository. */
  static Pom of(Path jar) throws IOException {
    Path folder = DurableFile.folderOf(jar);
    String artifact = DurableFile.folderOf(folder).getFileName().toString();
    String version = folder.getFileName().toString();
    List<Element> projects = withParents(folder, artifact, version);
    Element own = projects.getFirst();
    String group =
        text(own, "groupId")
            .or(() -> child(own, "parent").flatMap(parent -> text(parent, "groupId")))
            .orElseThrow();
    List<String> licences = firstNames(projects, "licenses", "license");
    if (licences.isEmpty()) {
      throw new IOException("neither the pom.xml of " + jar + " nor its parents name a licence");
    }
    List<String> holders = firstNames(projects, "organization", "");
    holders = holders.isEmpty() ? firstNames(projects, "developers", "developer") : holders;
    return new Pom(
        group + ":" + artifact + ":" + version,
        licences,
        holders.isEmpty() ? "the authors of " + artifact : String.join(", ", holders),
        text(own, "url").filter(url -> url.startsWith("http")));
  }

  private static List<Element> withParents(Path folder, String artifact, String version)
      throws IOException {
    List<Element> projects = new ArrayList<>();
    Path pom = folder.resolve(artifact + "-" + version + ".pom");
    Optional<Path> repository = Optional.empty();
    while (true) {
      Element project = read(pom);
      projects.add(project);
      Optional<Element> parent = child(project, "parent");
      if (parent.isEmpty()) {
        return projects;
      }
      String group = text(parent.get(), "groupId").orElseThrow();
      Path above =
          repository.orElseGet(() -> repository(folder, text(project, "groupId").orElse(group)));
      repository = Optional.of(above);
      String name = text(parent.get(), "artifactId").orElseThrow();
      String number = text(parent.get(), "version").orElseThrow();
      pom =
          above
              .resolve(group.replace('.', '/'))
              .resolve(name)
              .resolve(number)
              .resolve(name + "-" + number + ".pom");
    }
  }

  private static Element read(Path pom) throws IOException {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(pom.toFile())
          .getDocumentElement();
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(pom + " is not a pom.xml", e);
    }
  }

  /**
   * Returns the root of the repository in which {@code folder} is {@code
   * GROUP/WITH/SLASHES/ARTIFACT/VERSION}.
   */
  private static Path repository(Path folder, String group) {
    long words = 1 + group.chars().filter(c -> c == '.').count();
    return folder.resolve("../..").resolve("../".repeat((int) words)).normalize();
  }

  /**
   * Returns the names of the elements {@code item} in the first {@code list} that has any; with an
   * empty {@code item} the name of {@code list} itself.
   */
  private static List<String> firstNames(List<Element> projects, String list, String item) {
    return projects.stream()
        .flatMap(project -> child(project, list).stream())
        .map(
            found ->
                (item.isEmpty() ? Stream.of(found) : children(found, item))
                    .flatMap(element -> text(element, "name").stream())
                    .toList())
        .filter(names -> !names.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  private static Optional<String> text(Element element, String name) {
    return child(element, name)
        .map(child -> child.getTextContent().strip().replaceAll("\\s+", " "))
        .filter(text -> !text.isEmpty());
  }

  private static Optional<Element> child(Element element, String name) {
    return children(element, name).findFirst();
  }

  private static Stream<Element> children(Element element, String name) {
    NodeList nodes = element.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .<Node>mapToObj(nodes::item)
        .filter(node -> node.getNodeName().equals(name))
        .map(Element.class::cast);
  }
}
