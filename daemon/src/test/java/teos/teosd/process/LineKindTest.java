package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.util.List;

/** Imports the same classes as the rules for dependencies, so that they are read once. */
@AnalyzeClasses(packages = "teos", importOptions = DoNotIncludeTests.class)
class LineKindTest {

  /** A renamed or moved class would otherwise silently lose its limit. */
  @ArchTest
  static void everyUntrustedLoggerBelongsToAClass(JavaClasses imported) {
    List<String> classes = imported.stream().map(JavaClass::getName).toList();
    assertThat(LineKind.UNTRUSTED_LOGGERS)
        .allSatisfy(prefix -> assertThat(classes).anyMatch(name -> name.startsWith(prefix)));
  }
}
