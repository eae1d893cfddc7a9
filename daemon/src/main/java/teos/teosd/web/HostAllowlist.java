package teos.teosd.web;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * By which names the site may be asked for. A page of anybody's that is open in a browser beside
 * the tower can have its own name lead to this machine, and would read what the tower shows; it
 * cannot have the browser say another name, or a number (DNS rebinding).
 */
final class HostAllowlist {

  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.%]+]");
  private static final Pattern PORT = Pattern.compile(":\\d*$");

  private final Set<String> names = new HashSet<>(Set.of("localhost"));

  /**
   * @param others names beside {@code localhost}, such as the one that a proxy has
   */
  HostAllowlist(List<String> others) {
    others.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
  }

  /** Whether {@code authority}, {@code host:port} as a request has it, is one of them. */
  boolean allow(String authority) {
    String host = PORT.matcher(authority).replaceFirst("").toLowerCase(Locale.ROOT);
    return names.contains(host) || IPV4.matcher(host).matches() || IPV6.matcher(host).matches();
  }
}
