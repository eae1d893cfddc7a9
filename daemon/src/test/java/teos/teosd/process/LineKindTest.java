package teos.teosd.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineKindTest {

  /** A renamed or moved class would otherwise silently lose its limit. */
  @Test
  void everyUntrustedLoggerBelongsToAClass() {
    List<String> classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("teos").stream()
                .map(JavaClass::getName)
                .toList();
    assertThat(LineKind.UNTRUSTED_LOGGERS)
        .allSatisfy(prefix -> assertThat(classes).anyMatch(name -> name.startsWith(prefix)));
  }
}
