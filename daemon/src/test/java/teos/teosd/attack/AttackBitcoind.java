package teos.teosd.attack;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import teos.testkit.junit.TestBitcoind;

/** {@link TestBitcoind} with the arguments of {@link AttackedTower#BITCOIND}. */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@TestBitcoind(
    args = {AttackedTower.LARGE_BLOCKS, AttackedTower.LARGE_WEIGHT, AttackedTower.NO_MEMPOOL_CHECK})
@interface AttackBitcoind {}
