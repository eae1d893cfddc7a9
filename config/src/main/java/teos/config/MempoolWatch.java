package teos.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How the tower looks for disputes in bitcoind's mempool. */
public enum MempoolWatch {
  /** By bitcoind's {@code zmqpubrawtx}, with polling as the safety net. */
  ZMQ,
  /** By asking for all of it now and then. */
  POLLING,
  /** Not at all: disputes are seen in blocks. */
  OFF;

  static List<String> words() {
    return Arrays.stream(values()).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }

  static MempoolWatch of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
