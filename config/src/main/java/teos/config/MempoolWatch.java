package teos.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Ways to search bitcoind's mempool for disputes. */
public enum MempoolWatch {
  /** Feed of bitcoind's {@code zmqpubrawtx}, with polling as a fallback. */
  ZMQ,
  /** Fetch of the whole mempool at intervals. */
  POLLING,
  /** None: the tower sees disputes only in blocks. */
  OFF;

  static List<String> words() {
    return Arrays.stream(values()).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }

  static MempoolWatch of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
