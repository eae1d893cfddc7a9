package teos.teosd.node;

import java.io.IOException;
import java.security.SecureRandom;
import org.slf4j.Logger;
import teos.common.KeyFile;
import teos.config.Config;
import teos.protocol.SecretKey;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;

/** The tower's secret key on disk, by which users know the tower. */
public final class TowerKeys {

  private static final String NAME = "the tower's key";

  private TowerKeys() {}

  /** Returns the file that holds the key, whether it exists or not. */
  public static KeyFile file(Config config) {
    return new KeyFile(config.files().secretKey(), NAME);
  }

  /**
   * Loads the key, or creates one if there is none or the operator wants a new one.
   *
   * @throws StartupException if it cannot be read or written
   */
  public static SecretKey loadOrCreate(Config config, Logger logger) throws StartupException {
    KeyFile file = file(config);
    try {
      if (file.exists() && !config.mode().overwriteKey()) {
        return file.load();
      }
      SecretKey key = file.create(new SecureRandom());
      logger.atInfo().addKeyValue("file", config.files().secretKey()).log("tower key created");
      return key;
    } catch (IOException e) {
      throw new StartupException(ExitCode.KEY, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Loads the key of a front end, which must be a copy of the tower's: none is created.
   *
   * @throws StartupException if there is none, or it cannot be read
   */
  public static SecretKey loadCopy(Config config) throws StartupException {
    KeyFile file = file(config);
    if (!file.exists()) {
      throw new StartupException(
          ExitCode.KEY,
          "there is no "
              + config.files().secretKey()
              + ": a front end needs a copy of the tower's key, which teosd has made");
    }
    try {
      return file.load();
    } catch (IOException e) {
      throw new StartupException(ExitCode.KEY, String.valueOf(e.getMessage()), e);
    }
  }
}
