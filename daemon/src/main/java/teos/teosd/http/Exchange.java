package teos.teosd.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.util.OptionalLong;

/** One request of the public API and its response, as the server beneath provides them. */
interface Exchange {

  /** The path of the request. */
  String path();

  /** The client's address; behind a configured proxy, the one that the proxy names. */
  InetAddress client();

  /** The announced length of the body in bytes, if there is one. */
  OptionalLong contentLength();

  /** The body of the request. */
  InputStream body() throws IOException;

  /** Sends {@code response}; returns when all of it has been handed to the connection. */
  void send(ApiResponse response) throws IOException;
}
