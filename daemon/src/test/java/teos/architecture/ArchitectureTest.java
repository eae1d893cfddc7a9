package teos.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * Rules for dependencies: modules depend on each other one way only, and packages have no cycles.
 */
@AnalyzeClasses(packages = "teos", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule modulesDependOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("daemon")
          .definedBy("teos.teosd..")
          .layer("tower")
          .definedBy("teos.tower..")
          .layer("migration")
          .definedBy("teos.migration..")
          .layer("bitcoin")
          .definedBy("teos.bitcoin..")
          .layer("protocol")
          .definedBy("teos.protocol..")
          .layer("common")
          .definedBy("teos.common..")
          .layer("noise")
          .definedBy("teos.noise..")
          .layer("justice")
          .definedBy("teos.justice..")
          .layer("wtwire")
          .definedBy("teos.wtwire..")
          .layer("config")
          .definedBy("teos.config..")
          .layer("rpc")
          .definedBy("teos.rpc..")
          .layer("testkit")
          .definedBy("teos.testkit..")
          .whereLayer("daemon")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("migration")
          .mayOnlyBeAccessedByLayers("daemon")
          .whereLayer("tower")
          .mayOnlyBeAccessedByLayers("migration", "daemon")
          .whereLayer("bitcoin")
          .mayOnlyBeAccessedByLayers("tower", "migration", "daemon")
          .whereLayer("common")
          .mayOnlyBeAccessedByLayers("config", "rpc", "tower", "migration", "daemon")
          .whereLayer("noise")
          .mayOnlyBeAccessedByLayers("daemon")
          .whereLayer("justice")
          .mayOnlyBeAccessedByLayers("tower", "daemon")
          .whereLayer("wtwire")
          .mayOnlyBeAccessedByLayers("daemon")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("daemon")
          .whereLayer("rpc")
          .mayOnlyBeAccessedByLayers("daemon")
          .whereLayer("testkit")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule protocolsDoNoIo =
      noClasses()
          .that()
          .resideInAnyPackage("teos.protocol..", "teos.justice..", "teos.wtwire..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.io..", "java.net..", "java.nio.file..", "java.sql..");

  @ArchTest
  static final ArchRule onlyTheStoreAndTheRustImportUseSql =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "teos.tower.database..", "teos.tower.store..", "teos.migration.rust..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..", "org.sqlite..", "org.postgresql..", "com.zaxxer..", "org.flywaydb..");

  @ArchTest
  static final ArchRule onlyThePythonImportUsesLevelDb =
      noClasses()
          .that()
          .resideOutsideOfPackage("teos.migration.python..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.iq80..");

  @ArchTest
  static final ArchRule onlyTheHttpPackageUsesJetty =
      noClasses()
          .that()
          .resideOutsideOfPackage("teos.teosd.http..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.eclipse.jetty..");

  @ArchTest
  static final ArchRule onlyTheDashboardUsesMicrometer =
      noClasses()
          .that()
          .resideOutsideOfPackage("teos.teosd.web..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule noReflection =
      noClasses()
          .that()
          .resideOutsideOfPackage("teos.testkit.junit..") // extensions set the fields of tests
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.reflect..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("teos.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesOfTheTowerHaveNoCycles =
      slices()
          .matching("teos.tower.(*)..")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(
              resideInAPackage("teos.tower.database").and(simpleName("Migrations")),
              simpleName("V8__SplitTrackers")); // moves rows, which only the store can read

  @ArchTest
  static final ArchRule packagesOfTheDaemonHaveNoCycles =
      slices().matching("teos.teosd.(*)..").should().beFreeOfCycles();
}
