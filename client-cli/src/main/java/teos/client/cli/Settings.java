package teos.client.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import teos.client.ClientOptions;
import teos.client.evidence.DialectText;
import teos.client.wire.SocksProxy;
import teos.client.wire.TowerAddress;
import teos.client.wire.TrustedCertificates;
import teos.config.ConfigException;
import teos.config.IniValues;
import teos.protocol.Dialect;
import teos.protocol.PublicKey;

/**
 * Options from the command line, with teos_client.conf as the fallback.
 *
 * @param flagHost the tower's host, from the command line
 * @param fileHost the tower's host, from the file; a registered tower's saved address has
 *     precedence
 */
record Settings(
    Path folder,
    Optional<String> flagHost,
    Optional<Integer> flagPort,
    Optional<String> fileHost,
    Optional<Integer> filePort,
    Optional<PublicKey> tower,
    Optional<SocksProxy> proxy,
    Optional<TrustedCertificates> trustedCertificates,
    Optional<Dialect> dialect,
    Optional<Path> keyFile,
    Duration timeout) {

  static final String FILE = "teos_client.conf";

  /** Accepted keys. The last two are python-teos's and have no effect. */
  static final List<String> KEYS =
      List.of(
          "api_connect",
          "api_port",
          "proxy",
          "cacert",
          "dialect",
          "user_private_key",
          "appointments_folder_name",
          "teos_public_key");

  private static final int MAX_TIMEOUT_SECONDS = 3600;

  static Settings of(Flags flags, Path home) throws UsageException, ConfigException {
    Path folder =
        flags.text("--datadir").isPresent()
            ? path(flags.text("--datadir").get(), "--datadir", home)
            : home.resolve(".teos_client");
    Map<String, IniValues.Value> file = IniValues.read(folder.resolve(FILE), KEYS);
    return new Settings(
        folder,
        flags.text("--apiconnect").filter(host -> !host.isEmpty()),
        read(flags, "--apiport", Settings::port),
        text(file, "api_connect"),
        read(file, "api_port", Settings::port),
        read(flags, "--tower", Settings::towerId),
        firstPresent(
            read(flags, "--proxy", SocksProxy::parse), read(file, "proxy", SocksProxy::parse)),
        trustedCertificates(flags, file, folder, home),
        firstPresent(
            read(flags, "--dialect", DialectText::parse),
            read(file, "dialect", DialectText::parse)),
        text(file, "user_private_key").map(name -> resolve(folder, name, home)),
        read(flags, "--timeout", Settings::seconds).orElse(ClientOptions.DEFAULT.timeout()));
  }

  ClientOptions options() {
    ClientOptions options = ClientOptions.DEFAULT.withTimeout(timeout);
    options = proxy.isPresent() ? options.withProxy(proxy.get()) : options;
    options =
        trustedCertificates.isPresent()
            ? options.withTrustedCertificates(trustedCertificates.get())
            : options;
    return keyFile.isPresent() ? options.withKeyFile(keyFile.get()) : options;
  }

  /** Returns the address that the command line sets; empty if it sets neither host nor port. */
  Optional<TowerAddress> flagAddress(Optional<TowerAddress> saved) throws UsageException {
    if (flagHost.isEmpty() && flagPort.isEmpty()) {
      return Optional.empty();
    }
    if (flagHost.isEmpty() && saved.isPresent()) {
      return Optional.of(withPort(saved.get(), flagPort));
    }
    return Optional.of(address(flagHost.or(() -> fileHost).orElse("localhost"), flagPort));
  }

  /** Returns the tower's address: from the command line, else saved, else from the file. */
  TowerAddress address(Optional<TowerAddress> saved) throws UsageException {
    Optional<TowerAddress> override = flagAddress(saved);
    if (override.isPresent()) {
      return override.get();
    }
    return saved.isPresent()
        ? saved.get()
        : address(fileHost.orElse("localhost"), Optional.empty());
  }

  /** Parses {@code host}, whose port {@code port} replaces if given. */
  TowerAddress address(String host, Optional<Integer> port) throws UsageException {
    try {
      return withPort(TowerAddress.parse(host, filePort.orElse(TowerAddress.DEFAULT_PORT)), port);
    } catch (IllegalArgumentException e) {
      throw invalidAddress(e);
    }
  }

  private static TowerAddress withPort(TowerAddress address, Optional<Integer> port)
      throws UsageException {
    try {
      return port.isPresent()
          ? new TowerAddress(address.scheme(), address.host(), port.get())
          : address;
    } catch (IllegalArgumentException e) {
      throw invalidAddress(e);
    }
  }

  private static UsageException invalidAddress(IllegalArgumentException e) {
    return new UsageException("the tower's address: " + e.getMessage());
  }

  /**
   * Parses a tower's id.
   *
   * @throws IllegalArgumentException if {@code text} is not a compressed public key in hex
   */
  static PublicKey towerId(String text) {
    try {
      return PublicKey.fromHex(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          text.matches("0[23][0-9a-fA-F]{64}")
              ? "this tower's id is not a point on the curve: " + text + "; check its digits"
              : "a tower's id (66 hex digits, a compressed public key) is expected, not '"
                  + text
                  + "'",
          e);
    }
  }

  /**
   * Reads the trusted certificates. A path on the command line is relative to the working
   * directory, one in the file to the folder of the file.
   */
  private static Optional<TrustedCertificates> trustedCertificates(
      Flags flags, Map<String, IniValues.Value> file, Path folder, Path home)
      throws UsageException {
    Optional<String> flag = flags.text("--cacert");
    Optional<Path> certificates =
        flag.isPresent()
            ? Optional.of(path(flag.get(), "--cacert", home))
            : text(file, "cacert").map(name -> resolve(folder, name, home));
    try {
      return certificates.isPresent()
          ? Optional.of(TrustedCertificates.read(certificates.get()))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      throw new UsageException("cacert: file not found: " + e.getFile());
    } catch (AccessDeniedException e) {
      throw new UsageException("cacert: permission denied: " + e.getFile());
    } catch (IOException e) {
      throw new UsageException("cacert: " + e.getMessage());
    }
  }

  private static int port(String text) {
    return number(text, "a port", 65_535);
  }

  private static Duration seconds(String text) {
    return Duration.ofSeconds(number(text, "a number of seconds", MAX_TIMEOUT_SECONDS));
  }

  private static int number(String text, String what, int max) {
    int number = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    if (number < 1 || number > max) {
      throw new IllegalArgumentException(
          what + " from 1 to " + max + " is expected, not '" + text + "'");
    }
    return number;
  }

  private static Optional<String> text(Map<String, IniValues.Value> file, String key) {
    return Optional.ofNullable(file.get(key))
        .map(IniValues.Value::text)
        .filter(text -> !text.isEmpty());
  }

  private static <T> Optional<T> read(Flags flags, String flag, Function<String, T> parser)
      throws UsageException {
    Optional<String> text = flags.text(flag);
    return text.isEmpty() ? Optional.empty() : Optional.of(parse(text.get(), flag, parser));
  }

  private static <T> Optional<T> read(
      Map<String, IniValues.Value> file, String key, Function<String, T> parser)
      throws UsageException {
    IniValues.@Nullable Value value = file.get(key);
    return value == null || text(file, key).isEmpty()
        ? Optional.empty()
        : Optional.of(parse(value.text(), key + " (" + value.where() + ")", parser));
  }

  private static <T> T parse(String text, String name, Function<String, T> parser)
      throws UsageException {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(name + ": " + e.getMessage());
    }
  }

  private static <T> Optional<T> firstPresent(Optional<T> first, Optional<T> second) {
    return first.isPresent() ? first : second;
  }

  private static Path path(String text, String name, Path home) throws UsageException {
    try {
      if (!text.isBlank()) {
        return resolve(Path.of(""), text, home).toAbsolutePath().normalize();
      }
    } catch (InvalidPathException e) {
      // rejected below
    }
    throw new UsageException(name + ": a path is expected");
  }

  private static Path resolve(Path folder, String text, Path home) {
    return text.equals("~") || text.startsWith("~/")
        ? home.resolve(text.substring(1).replaceFirst("^/+", ""))
        : folder.resolve(text);
  }
}
