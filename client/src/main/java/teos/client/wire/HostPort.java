package teos.client.wire;

import org.jspecify.annotations.Nullable;

/** {@code host}, {@code host:port}, {@code [ipv6]:port}, or an IPv6 address alone. */
record HostPort(String host, @Nullable Integer port) {

  static HostPort parse(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0) {
        throw new IllegalArgumentException("'" + text + "' has [ and no ]");
      }
      String rest = text.substring(end + 1);
      if (!rest.isEmpty() && !rest.startsWith(":")) {
        throw new IllegalArgumentException("':port' is expected after ] in '" + text + "'");
      }
      return new HostPort(
          text.substring(1, end), rest.isEmpty() ? null : port(rest.substring(1)));
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0 || text.indexOf(':') != colon) {
      return new HostPort(text, null);
    }
    return new HostPort(text.substring(0, colon), port(text.substring(colon + 1)));
  }

  private static int port(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a port", e);
    }
  }
}
