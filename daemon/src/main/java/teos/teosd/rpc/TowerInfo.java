package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import java.util.List;
import teos.protocol.PublicKey;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.NetworkAddress;
import teos.teosd.node.PublicAddress;
import teos.teosd.node.PublicEndpoints;

/**
 * What is known of a tower from its start on.
 *
 * @param id the tower's key
 * @param endpoints where the public API is
 */
public record TowerInfo(PublicKey id, PublicEndpoints endpoints, String version) {

  /** Returns an answer with what is known, to which more can be added. */
  GetTowerInfoResponse.Builder toResponse() {
    List<PublicAddress> addresses = endpoints.addresses();
    return GetTowerInfoResponse.newBuilder()
        .setTowerId(ByteString.copyFrom(id.bytes()))
        .addAllAddresses(
            addresses.stream()
                .filter(address -> address.client() == PublicAddress.Client.TEOS)
                .map(TowerInfo::networkAddress)
                .toList())
        .addAllPublicAddresses(addresses.stream().map(this::message).toList())
        .setListensAt(endpoints.listensAt().toString())
        .setVersion(version);
  }

  /** As rust-teos knows them: of two types, at any other of which its teos-cli panics. */
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
