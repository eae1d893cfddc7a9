package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.function.Supplier;
import teos.protocol.HostPort;
import teos.protocol.PublicKey;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.NetworkAddress;
import teos.teosd.net.PublicAddress;

/**
 * Facts about the tower that are known as soon as it starts.
 *
 * @param id the tower's key
 * @param addresses returns the addresses at which users reach the tower from outside
 * @param listensAt address at which the public API listens
 */
public record TowerInfo(
    PublicKey id, Supplier<List<PublicAddress>> addresses, HostPort listensAt, String version) {

  /** Returns a response with these facts, to which the caller can add. */
  GetTowerInfoResponse.Builder toResponse() {
    List<PublicAddress> now = addresses.get();
    return GetTowerInfoResponse.newBuilder()
        .setTowerId(ByteString.copyFrom(id.bytes()))
        .addAllAddresses(
            now.stream()
                .filter(address -> address.client() == PublicAddress.Client.TEOS)
                .map(TowerInfo::networkAddress)
                .toList())
        .addAllPublicAddresses(now.stream().map(this::message).toList())
        .setListensAt(listensAt.toString())
        .setVersion(version);
  }

  /**
   * Returns an address in one of the two types that rust-teos has; its teos-cli panics at others.
   */
  private static NetworkAddress networkAddress(PublicAddress address) {
    return NetworkAddress.newBuilder()
        .setAddressType(
            address.at().isOnion()
                ? NetworkAddress.AddressType.TorV3
                : NetworkAddress.AddressType.IpV4)
        .setAddress(address.at().host())
        .setPort(address.at().port())
        .build();
  }

  private teos.rpc.v2.PublicAddress message(PublicAddress address) {
    return teos.rpc.v2.PublicAddress.newBuilder()
        .setClient(
            switch (address.client()) {
              case TEOS -> teos.rpc.v2.PublicAddress.Client.TEOS;
              case LND -> teos.rpc.v2.PublicAddress.Client.LND;
            })
        .setUri(address.uri(id))
        .build();
  }
}
