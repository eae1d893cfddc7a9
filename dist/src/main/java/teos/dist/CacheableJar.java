package teos.dist;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Jar whose classes the JVM can store in an AOT cache. It does not store classes in the format of
 * Java 5 (picocli's), which have no stack maps, nor classes of a signed jar (Bouncy Castle's).
 * Copying converts the former to the format of Java 8 and removes the signature of the latter,
 * which only the class loader checks, and which would take 0.1 s at each start.
 */
final class CacheableJar {

  private static final int JAVA_6 = ClassFile.JAVA_6_VERSION;
  private static final int MAJOR_VERSION = 7; // offset of its low byte in a class file

  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");

  private CacheableJar() {}

  /** Copies {@code jar}, byte for byte if the JVM can already store all of its classes. */
  static void copy(Path jar, Path copy) throws IOException {
    Map<ZipEntry, byte[]> entries = entries(jar);
    boolean signed = entries.keySet().removeIf(CacheableJar::isSignature);
    if (!signed && entries.entrySet().stream().noneMatch(e -> isOld(e.getKey(), e.getValue()))) {
      Files.copy(jar, copy);
      return;
    }
    ClassFile upgrade = classFileFor(entries);
    try (OutputStream file = Files.newOutputStream(copy);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (Map.Entry<ZipEntry, byte[]> e : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(e.getKey().getName());
        entry.setTime(e.getKey().getTime());
        out.putNextEntry(entry);
        byte[] bytes = e.getValue();
        if (isOld(entry, bytes)) {
          out.write(upgraded(upgrade, bytes));
        } else if (signed && entry.getName().equals(JarFile.MANIFEST_NAME)) {
          out.write(withoutDigests(bytes));
        } else {
          out.write(bytes);
        }
      }
    }
  }

  private static boolean isSignature(ZipEntry entry) {
    return SIGNATURE.matcher(entry.getName()).matches();
  }

  private static byte[] withoutDigests(byte[] manifest) throws IOException {
    Manifest all = new Manifest(new ByteArrayInputStream(manifest));
    all.getEntries().clear();
    ByteArrayOutputStream main = new ByteArrayOutputStream();
    all.write(main);
    return main.toByteArray();
  }

  private static Map<ZipEntry, byte[]> entries(Path jar) throws IOException {
    Map<ZipEntry, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        try (InputStream in = zip.getInputStream(entry)) {
          entries.put(entry, in.readAllBytes());
        }
      }
    }
    return entries;
  }

  private static boolean isOld(ZipEntry entry, byte[] bytes) {
    return entry.getName().endsWith(".class") && bytes[MAJOR_VERSION] < JAVA_6;
  }

  /**
   * Returns a {@link ClassFile} that knows the jar's class hierarchy, which stack maps depend on.
   */
  private static ClassFile classFileFor(Map<ZipEntry, byte[]> entries) {
    Map<String, byte[]> byName = new LinkedHashMap<>();
    entries.forEach((entry, bytes) -> byName.put(entry.getName(), bytes));
    ClassHierarchyResolver jar =
        ClassHierarchyResolver.ofResourceParsing(type -> classBytes(byName, type));
    return ClassFile.of(
        StackMapsOption.GENERATE_STACK_MAPS,
        ClassHierarchyResolverOption.of(jar.orElse(ClassHierarchyResolver.defaultResolver())));
  }

  private static @Nullable InputStream classBytes(Map<String, byte[]> byName, ClassDesc type) {
    String descriptor = type.descriptorString();
    byte[] bytes = byName.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
    return bytes == null ? null : new ByteArrayInputStream(bytes);
  }

  private static byte[] upgraded(ClassFile upgrade, byte[] bytes) {
    ClassTransform version =
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        };
    // Methods are parsed and rebuilt; otherwise their code would be copied without stack maps.
    ClassTransform code =
        ClassTransform.transformingMethodBodies((builder, element) -> builder.with(element));
    return upgrade.transformClass(upgrade.parse(bytes), code.andThen(version));
  }
}
