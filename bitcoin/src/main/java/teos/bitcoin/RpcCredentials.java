package teos.bitcoin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** How the tower shows bitcoind who it is. */
public sealed interface RpcCredentials {

  /** {@code user:password}, read anew for each connection that needs it. */
  String userPassword() throws IOException;

  /** The value of an HTTP Authorization header. */
  default String basicAuthorization() throws IOException {
    byte[] plain = userPassword().getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(plain);
  }

  /** A fixed user and password. */
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

  /** The file that bitcoind writes anew each time it starts. */
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
