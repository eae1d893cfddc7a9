package teos.teosd.node;

import java.io.IOException;
import java.security.SecureRandom;
import org.slf4j.Logger;
import teos.common.KeyFile;
import teos.config.Config;
import teos.protocol.SecretKey;
import teos.teosd.process.ExitCode;
import teos.teosd.process.StartupException;

/** The tower's secret key on disk. Its public key is the tower's id. */
public final class TowerKeys {

  private static final String NAME = "the tower's key";

  private TowerKeys() {}

  /** Returns the key's file, which need not exist yet. */
  public static KeyFile file(Config config) {
    return new KeyFile(config.files().secretKey(), NAME);
  }

  /**
   * Loads the key. Creates one if the file does not exist, or if the operator asks for a new key.
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
   * Loads the key of a front end, which must be a copy of the tower's key. It never creates one.
   *
   * @throws StartupException if the file does not exist or cannot be read
   */
  public static SecretKey loadCopy(Config config) throws StartupException {
    KeyFile file = file(config);
    if (!file.exists()) {
      throw new StartupException(
          ExitCode.KEY,
          "there is no "
              + config.files().secretKey()
              + ": a front end needs a copy of the tower's key; copy it from teosd's data folder");
    }
    try {
      return file.load();
    } catch (IOException e) {
      throw new StartupException(ExitCode.KEY, String.valueOf(e.getMessage()), e);
    }
  }
}
