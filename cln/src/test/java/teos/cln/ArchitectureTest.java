package teos.cln;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The plugin is a user of the client library, and small. */
@AnalyzeClasses(packages = "teos.cln", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule dependsOnTheClientLibraryOnly =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "teos.cln..",
              "teos.client..",
              "teos.protocol..",
              "teos.common..",
              "java..",
              "com.fasterxml.jackson.databind..",
              "com.fasterxml.jackson.core..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule noReflection =
      noClasses().should().dependOnClassesThat().resideInAPackage("java.lang.reflect..");

  /** Loading SQLite would cost memory at every start. */
  @ArchTest
  static final ArchRule onlyTakeoverUsesSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("teos.cln.takeover..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.sql..");

  /** What lightningd waits for contacts no tower. */
  @ArchTest
  static final ArchRule hookDoesNoNetworking =
      noClasses()
          .that()
          .resideInAPackage("teos.cln.hook..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.net..", "teos.client.wire..");

  /** The messages of lightningd are read and written without knowledge of towers. */
  @ArchTest
  static final ArchRule jsonrpcKnowsNoTowers =
      noClasses()
          .that()
          .resideInAPackage("teos.cln.jsonrpc..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "teos.cln.tower..", "teos.cln.hook..", "teos.cln.method..", "teos.client.store..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("teos.cln.(*)..").should().beFreeOfCycles();
}
