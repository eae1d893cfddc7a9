package teos.teosd.tor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Authentication methods of Tor's control port (control-spec, sections 3.5, 3.21 and 3.24). */
sealed interface ControlAuth {

  /** Tor's NULL: no authentication. */
  record None() implements ControlAuth {}

  /** Tor's HashedControlPassword. */
  record Password(String password) implements ControlAuth {
    @Override
    public String toString() {
      return "Password[not shown]";
    }
  }

  /** The client sends the content of {@code file}, which only permitted users can read. */
  record Cookie(Path file) implements ControlAuth {}

  /** Each side proves that it knows the content of {@code file}, without sending it. */
  record SafeCookie(Path file) implements ControlAuth {}

  /** Bytes of a cookie and of a nonce. */
  int COOKIE_BYTES = 32;

  String SERVER_TO_CONTROLLER = "Tor safe cookie authentication server-to-controller hash";
  String CONTROLLER_TO_SERVER = "Tor safe cookie authentication controller-to-server hash";

  /**
   * Returns the best method that Tor offers.
   *
   * @param password empty if none is configured
   * @throws TorException if no offered method can be used
   */
  static ControlAuth choose(ControlConnection tor, String password) throws IOException {
    String line =
        tor.request("PROTOCOLINFO 1").stream()
            .filter(each -> each.startsWith("AUTH METHODS="))
            .findFirst()
            .orElseThrow(
                () -> new TorException("Tor's PROTOCOLINFO has no authentication methods"));
    String rest = line.substring("AUTH METHODS=".length());
    List<String> methods = List.of(rest.split(" ", 2)[0].split(","));
    int file = line.indexOf("COOKIEFILE=\"");
    if (methods.contains("NULL")) {
      return new None();
    }
    if (methods.contains("HASHEDPASSWORD") && !password.isEmpty()) {
      return new Password(password);
    }
    if (file >= 0) {
      Path cookie = Path.of(ControlConnection.unquoted(line, file + "COOKIEFILE=".length()));
      if (methods.contains("SAFECOOKIE")) {
        return new SafeCookie(cookie);
      }
      if (methods.contains("COOKIE")) {
        return new Cookie(cookie);
      }
    }
    throw new TorException(
        methods.contains("HASHEDPASSWORD")
            ? "Tor requires a password; set tor_control_password"
            : "Tor offers no supported authentication method: " + rest);
  }

  /**
   * Authenticates to {@code tor}.
   *
   * @throws TorException if Tor refuses, or does not know the cookie that it names
   */
  default void authenticate(ControlConnection tor) throws IOException {
    switch (this) {
      case None none -> tor.request("AUTHENTICATE");
      case Password password ->
          tor.request("AUTHENTICATE " + ControlConnection.quoted(password.password));
      case Cookie cookie -> tor.request("AUTHENTICATE " + hex(readCookie(cookie.file)));
      case SafeCookie cookie -> authenticateByChallenge(tor, readCookie(cookie.file));
    }
  }

  private static void authenticateByChallenge(ControlConnection tor, byte[] cookie)
      throws IOException {
    byte[] clientNonce = new byte[COOKIE_BYTES];
    new SecureRandom().nextBytes(clientNonce);
    String reply = tor.request("AUTHCHALLENGE SAFECOOKIE " + hex(clientNonce)).getFirst();
    byte[] hash = field(reply, "SERVERHASH=");
    byte[] serverNonce = field(reply, "SERVERNONCE=");
    if (!MessageDigest.isEqual(
        hash, hash(SERVER_TO_CONTROLLER, cookie, clientNonce, serverNonce))) {
      throw new TorException(
          "the program at the control port does not know the cookie that it names, so it is not"
              + " that Tor");
    }
    tor.request(
        "AUTHENTICATE " + hex(hash(CONTROLLER_TO_SERVER, cookie, clientNonce, serverNonce)));
  }

  private static byte[] field(String reply, String name) throws TorException {
    return Arrays.stream(reply.split(" "))
        .filter(word -> word.matches(name + "[0-9A-Fa-f]{64}"))
        .findFirst()
        .map(word -> HexFormat.of().parseHex(word.substring(name.length())))
        .orElseThrow(() -> new TorException("Tor's reply to AUTHCHALLENGE has no " + name));
  }

  private static byte[] hash(String key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(US_ASCII), "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JVM has HmacSHA256", e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Reads a cookie. Refuses files of another size, because a false Tor could name any file. */
  private static byte[] readCookie(Path file) throws TorException {
    try {
      if (Files.size(file) != COOKIE_BYTES) {
        throw new TorException(file + " is not Tor's cookie: expected " + COOKIE_BYTES + " bytes");
      }
      return Files.readAllBytes(file);
    } catch (TorException e) {
      throw e;
    } catch (IOException e) {
      throw new TorException(
          "cannot read Tor's cookie "
              + file
              + " (set CookieAuthFileGroupReadable in torrc and add teosd's user to Tor's group,"
              + " such as debian-tor, or set tor_control_password): "
              + e,
          e);
    }
  }
}
