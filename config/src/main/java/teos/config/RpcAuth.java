package teos.config;

import java.nio.file.Path;

/** How the tower logs in to bitcoind. */
public sealed interface RpcAuth {

  /**
   * The file that bitcoind writes anew each time it starts.
   *
   * @param file absolute; not read yet, and possibly not there yet
   */
  record Cookie(Path file) implements RpcAuth {}

  /** No login: the command does not use bitcoind. */
  record None() implements RpcAuth {}

  /** bitcoind's rpcuser and rpcpassword, neither of them empty. */
  record UserPassword(String user, String password) implements RpcAuth {
    /** Leaves the password out: this ends in logs. */
    @Override
    public String toString() {
      return "UserPassword[user=" + user + "]";
    }
  }
}
