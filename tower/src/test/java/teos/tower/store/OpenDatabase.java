package teos.tower.store;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Opens an empty database of the kind that the tests run on, before each test and its {@code
 * BeforeEach} methods, in a field of type {@link teos.tower.database.Database}. It is closed and
 * deleted after the test.
 */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(DatabaseExtension.class)
public @interface OpenDatabase {}
