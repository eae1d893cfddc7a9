package teos.cln.method;

import java.net.ConnectException;
import java.util.Objects;
import java.util.stream.Stream;
import teos.client.NotRegisteredException;
import teos.client.wire.TowerException;
import teos.client.wire.UnreachableException;
import teos.cln.jsonrpc.RpcException;
import teos.cln.tower.Tower;
import teos.cln.tower.Towers;
import teos.protocol.PublicKey;

/** Errors of the commands, with the texts of rust-teos's plugin where it has one. */
final class Errors {

  private Errors() {}

  /** Returns the tower; {@code unknown} is the error's text if there is no such tower. */
  static Tower find(Towers towers, PublicKey id, String unknown) throws RpcException {
    return towers.find(id).orElseThrow(() -> new RpcException(unknown));
  }

  /** Text for a tower that the user has not registered with. */
  static String cannotFind(PublicKey id) {
    return "Cannot find " + id + " within the known towers. Have you registered?";
  }

  /** Returns the error for a request that failed at {@code tower}. */
  static RpcException of(Tower tower, TowerException e) {
    if (e instanceof UnreachableException) {
      tower.foundUnreachable();
    }
    return of(e);
  }

  static RpcException of(TowerException e) {
    if (e instanceof UnreachableException) {
      boolean refused =
          Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
              .anyMatch(ConnectException.class::isInstance);
      return new RpcException(
          "Cannot connect to the tower. " + (refused ? "Connection refused" : e.getMessage()));
    }
    return new RpcException(String.valueOf(e.getMessage()));
  }

  /** Returns the error for a tower that was abandoned during the call. */
  static RpcException of(NotRegisteredException e) {
    return new RpcException(String.valueOf(e.getMessage()));
  }
}
