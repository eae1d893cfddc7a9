package teos.config;

import java.nio.file.Path;

/** Login for bitcoind's RPC. */
public sealed interface RpcAuth {

  /**
   * Cookie file, which bitcoind rewrites each time it starts.
   *
   * @param file absolute; not read yet, and it may not exist yet
   */
  record Cookie(Path file) implements RpcAuth {}

  /** No login, for commands that do not use bitcoind. */
  record None() implements RpcAuth {}

  /** bitcoind's rpcuser and rpcpassword; neither is empty. */
  record UserPassword(String user, String password) implements RpcAuth {
    /** Omits the password, because this text ends up in logs. */
    @Override
    public String toString() {
      return "UserPassword[user=" + user + "]";
    }
  }
}
