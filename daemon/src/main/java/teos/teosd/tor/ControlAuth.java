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

/**
 * The ways in which a control port lets somebody in (control-spec, sections 3.5, 3.21 and 3.24).
 */
sealed interface ControlAuth {

  /** Who connects is let in. */
  record Open() implements ControlAuth {}

  /** Tor's HashedControlPassword. */
  record Password(String password) implements ControlAuth {
    @Override
    public String toString() {
      return "Password[not shown]";
    }
  }

  /** Who can read {@code file} is let in, and sends what is in it. */
  record Cookie(Path file) implements ControlAuth {}

  /** The same, without it being sent: each side proves to the other that it knows it. */
  record SafeCookie(Path file) implements ControlAuth {}

  /** Of a cookie and of a nonce, bytes. */
  int SIZE = 32;

  String TO_US = "Tor safe cookie authentication server-to-controller hash";
  String TO_TOR = "Tor safe cookie authentication controller-to-server hash";

  /**
   * The best way of those that Tor offers.
   *
   * @param password empty if none is known
   * @throws TorException if there is none
   */
  static ControlAuth choose(ControlConnection tor, String password) throws IOException {
    String line =
        tor.ask("PROTOCOLINFO 1").stream()
            .filter(each -> each.startsWith("AUTH METHODS="))
            .findFirst()
            .orElseThrow(() -> new TorException("Tor does not say how it lets anybody in"));
    String rest = line.substring("AUTH METHODS=".length());
    List<String> methods = List.of(rest.split(" ", 2)[0].split(","));
    int file = line.indexOf("COOKIEFILE=\"");
    if (methods.contains("NULL")) {
      return new Open();
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
            ? "Tor wants a password: set tor_control_password"
            : "Tor lets in by none of the ways that are known here: " + rest);
  }

  /**
   * Has {@code tor} let us in.
   *
   * @throws TorException if it does not, or if it is not the Tor whose cookie that is
   */
  default void pass(ControlConnection tor) throws IOException {
    switch (this) {
      case Open open -> tor.ask("AUTHENTICATE");
      case Password password ->
          tor.ask("AUTHENTICATE " + ControlConnection.quoted(password.password));
      case Cookie cookie -> tor.ask("AUTHENTICATE " + hex(read(cookie.file)));
      case SafeCookie cookie -> challenge(tor, read(cookie.file));
    }
  }

  private static void challenge(ControlConnection tor, byte[] cookie) throws IOException {
    byte[] own = new byte[SIZE];
    new SecureRandom().nextBytes(own);
    String answer = tor.ask("AUTHCHALLENGE SAFECOOKIE " + hex(own)).getFirst();
    byte[] hash = field(answer, "SERVERHASH=");
    byte[] nonce = field(answer, "SERVERNONCE=");
    if (!MessageDigest.isEqual(hash, hash(TO_US, cookie, own, nonce))) {
      throw new TorException(
          "what answers at the control port does not know the cookie of the Tor that it says it"
              + " is");
    }
    tor.ask("AUTHENTICATE " + hex(hash(TO_TOR, cookie, own, nonce)));
  }

  private static byte[] field(String answer, String name) throws TorException {
    return Arrays.stream(answer.split(" "))
        .filter(word -> word.matches(name + "[0-9A-Fa-f]{64}"))
        .findFirst()
        .map(word -> HexFormat.of().parseHex(word.substring(name.length())))
        .orElseThrow(() -> new TorException("Tor answers a challenge without " + name));
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
      throw new AssertionError("every JVM has it", e);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Nothing of another size: what says that it is Tor could name any file. */
  private static byte[] read(Path file) throws TorException {
    try {
      if (Files.size(file) != SIZE) {
        throw new TorException(file + " is not Tor's cookie: " + SIZE + " bytes are expected");
      }
      return Files.readAllBytes(file);
    } catch (TorException e) {
      throw e;
    } catch (IOException e) {
      throw new TorException(
          "cannot read Tor's cookie "
              + file
              + " (CookieAuthFileGroupReadable in torrc, and teosd's"
              + " user in Tor's group, such as debian-tor, or tor_control_password): "
              + e,
          e);
    }
  }
}
