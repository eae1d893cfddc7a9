package teos.rpc.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Paths of the certificates for mutual TLS between the tower and its operator.
 *
 * @param folder the tower's data folder
 */
public record CertificatePaths(Path folder) {

  static final String CA = "ca";
  static final String SERVER = "server";
  static final String CLIENT = "client";

  /** Returns {@code ca.pem}: the certificate of the tower's own CA. */
  public Path ca() {
    return certificate(CA);
  }

  /** Returns {@code client.pem}: the operator's certificate. */
  public Path client() {
    return certificate(CLIENT);
  }

  /** Returns {@code client-key.pem}: the operator's key. */
  public Path clientKey() {
    return key(CLIENT);
  }

  /** Returns the paths of all certificates and keys, whether they exist or not. */
  public List<Path> all() {
    return Stream.of(CA, SERVER, CLIENT)
        .flatMap(name -> Stream.of(certificate(name), key(name)))
        .toList();
  }

  Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  Path key(String name) {
    return folder.resolve(name + "-key.pem");
  }

  /** Returns the file that is locked by the process that creates or renews certificates. */
  Path lock() {
    return folder.resolve("tls.lock");
  }
}
