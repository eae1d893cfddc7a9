package teos.bitcoin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Credentials for bitcoind's RPC (HTTP basic authentication). */
public sealed interface RpcCredentials {

  /**
   * Returns {@code user:password}; called for each request.
   *
   * @throws IOException if the credentials cannot be read
   */
  String userPassword() throws IOException;

  /**
   * Returns the value of the HTTP Authorization header.
   *
   * @throws IOException if the credentials cannot be read
   */
  default String basicAuthorization() throws IOException {
    byte[] plain = userPassword().getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain);
  }

  /**
   * Fixed user and password: bitcoind's {@code rpcauth}, or {@code rpcuser} and {@code
   * rpcpassword}.
   */
  record UserPassword(String user, String password) implements RpcCredentials {
    @Override
    public String userPassword() {
      return user + ":" + password;
    }

    @Override
    public String toString() {
      return "user " + user;
    }
  }

  /** bitcoind's cookie file, which it replaces at each start; so it is read for each request. */
  record Cookie(Path file) implements RpcCredentials {
    @Override
    public String userPassword() throws IOException {
      return Files.readString(file, StandardCharsets.UTF_8).strip();
    }

    @Override
    public String toString() {
      return "cookie " + file;
    }
  }
}
