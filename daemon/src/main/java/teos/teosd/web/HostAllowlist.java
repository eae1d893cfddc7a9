package teos.teosd.web;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Host names by which a browser may request the dashboard, as a defence against DNS rebinding: a
 * foreign page can make its own name resolve to this machine and so read the dashboard from a
 * browser on this network, but it cannot make the browser send another name or an IP address as the
 * host.
 */
final class HostAllowlist {

  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.%]+]");
  private static final Pattern PORT = Pattern.compile(":\\d*$");

  private final Set<String> names = new HashSet<>(Set.of("localhost"));

  /**
   * @param others names in addition to {@code localhost}, such as that of a proxy
   */
  HostAllowlist(List<String> others) {
    others.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
  }

  /**
   * Returns whether the host of a request is allowed. IP addresses always are.
   *
   * @param authority {@code host} or {@code host:port} of the request
   */
  boolean allows(String authority) {
    String host = PORT.matcher(authority).replaceFirst("").toLowerCase(Locale.ROOT);
    return names.contains(host) || IPV4.matcher(host).matches() || IPV6.matcher(host).matches();
  }
}
