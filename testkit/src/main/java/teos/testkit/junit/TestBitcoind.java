package teos.testkit.junit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Puts a running bitcoind on regtest into a static field of type {@link teos.testkit.Bitcoind} of a
 * test class: started before the first test, stopped after the last.
 */
@Target({ElementType.FIELD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BitcoindExtension.class)
public @interface TestBitcoind {

  /** Enough blocks for a coinbase output to be spendable. */
  int FUNDED = 120;

  /** Blocks to mine to the wallet before the first test; its coins are spendable after 100 more. */
  int blocks() default FUNDED;

  /** Arguments of bitcoind beyond the default ones. */
  String[] args() default {};
}
