package teos.client.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The program depends on the library, and nothing depends on the program. */
@AnalyzeClasses(packages = "teos.client", importOptions = DoNotIncludeTests.class)
class CliArchitectureTest {

  @ArchTest
  static final ArchRule programDependsOnTheLibrary =
      classes()
          .that()
          .resideInAPackage("teos.client.cli..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "teos.client..",
              "teos.common..",
              "teos.config..",
              "teos.protocol..",
              "java..",
              "picocli..",
              "com.fasterxml.jackson..",
              "fr.acinq.bitcoin..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule libraryDoesNotDependOnTheProgram =
      noClasses()
          .that()
          .resideInAPackage("teos.client..")
          .and()
          .resideOutsideOfPackage("teos.client.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("teos.client.cli..", "picocli..", "teos.config..");

  @ArchTest
  static final ArchRule noReflection =
      noClasses().should().dependOnClassesThat().resideInAPackage("java.lang.reflect..");
}
