package teos.rpc.tls;

import java.nio.file.Path;
import java.time.Instant;

/** Program that creates certificates and prints the serial number of the server's. */
final class MakeCertificates {

  private MakeCertificates() {}

  public static void main(String... args) throws Exception {
    CertificateFolder folder = new CertificateFolder(new CertificatePaths(Path.of(args[0])));
    System.out.println(folder.refresh(Instant.now()).server().certificate().getSerialNumber());
  }
}
