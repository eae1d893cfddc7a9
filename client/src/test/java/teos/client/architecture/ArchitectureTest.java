package teos.client.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A wallet that uses the library depends on protocol and common, and on no program. */
@AnalyzeClasses(packages = "teos", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule dependsOnProtocolAndCommonOnly =
      classes()
          .that()
          .resideInAPackage("teos.client..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "teos.client..",
              "teos.protocol..",
              "teos.common..",
              "java..",
              "javax.net.ssl..",
              "okhttp3..",
              "okio..",
              "com.fasterxml.jackson..",
              "fr.acinq..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule noReflection =
      noClasses().should().dependOnClassesThat().resideInAPackage("java.lang.reflect..");

  @ArchTest
  static final ArchRule onlyWireUsesHttp =
      noClasses()
          .that()
          .resideOutsideOfPackage("teos.client.wire..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("okhttp3..", "okio..");

  /** Evidence is verified offline and without a folder. */
  @ArchTest
  static final ArchRule evidenceDoesNoIo =
      noClasses()
          .that()
          .resideInAPackage("teos.client.evidence..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.net..", "java.nio.file..", "teos.client.store..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("teos.client.(*)..").should().beFreeOfCycles();
}
