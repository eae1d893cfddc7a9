package teos.teosd.lnd;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import teos.noise.NoiseSocket;
import teos.protocol.PublicKey;
import teos.teosd.api.InternalApi;
import teos.teosd.net.ConnectionLimiter;
import teos.tower.database.StorageException;
import teos.tower.sessions.OpenResult;
import teos.tower.sessions.UpdateResult;
import teos.tower.store.StoredAppointment;
import teos.wtwire.ErrorCode;
import teos.wtwire.Features;
import teos.wtwire.Message;
import teos.wtwire.Message.CreateSession;
import teos.wtwire.Message.CreateSessionReply;
import teos.wtwire.Message.DeleteSession;
import teos.wtwire.Message.DeleteSessionReply;
import teos.wtwire.Message.Init;
import teos.wtwire.Message.StateUpdate;
import teos.wtwire.Message.StateUpdateReply;
import teos.wtwire.Messages;
import teos.wtwire.WtwireException;

/**
 * Protocol of one connection: each side's Init, and then one CreateSession, one DeleteSession, or
 * StateUpdates until the client calls one the last, or one is refused. Only while the tower works
 * on a message is the connection safe from being closed for another.
 */
final class WtwireSession {

  private static final Logger log = LoggerFactory.getLogger(WtwireSession.class);
  private static final byte[] NO_REWARD = {};

  /** lnd's messages have up to 400 bytes; a future Init may have more features. */
  private static final int MAX_MESSAGE = 4 * 1024;

  private final NoiseSocket socket;
  private final PublicKey client;
  private final byte[] chainHash;
  private final SessionPolicy policy;
  private final InternalApi tower;
  private final SessionRates rates;
  private final ConnectionLimiter.Connection connection;
  private final Duration timeout;

  /**
   * @param chainHash of the genesis block, in internal order
   * @param timeout for each message of the client
   */
  WtwireSession(
      NoiseSocket socket,
      byte[] chainHash,
      SessionPolicy policy,
      InternalApi tower,
      SessionRates rates,
      ConnectionLimiter.Connection connection,
      Duration timeout) {
    this.socket = socket;
    this.client = socket.remoteKey();
    this.chainHash = chainHash;
    this.policy = policy;
    this.tower = tower;
    this.rates = rates;
    this.connection = connection;
    this.timeout = timeout;
  }

  /**
   * Returns when the last message has been answered.
   *
   * @throws WtwireException if a message cannot be decoded
   * @throws IOException if the connection is lost, the client takes too long, or it breaks the
   *     rules
   */
  void run() throws IOException, WtwireException {
    Optional<Message> first = read();
    if (first.isEmpty()) {
      return; // as somebody does who only looks whether there is a tower
    }
    reply(new Init(Features.tower(), chainHash));
    if (!(first.get() instanceof Init init)) {
      throw unexpected(first.get(), "Init");
    }
    inspect(init);
    switch (read().orElse(null)) {
      case CreateSession wish -> reply(create(wish));
      case DeleteSession wish -> reply(delete());
      case StateUpdate update -> takeAll(update);
      case null -> log.atDebug().addKeyValue("session", client).log("client sent Init only");
      case Message other -> throw unexpected(other, "CreateSession, DeleteSession or StateUpdate");
    }
  }

  private static ProtocolException unexpected(Message got, String expected) {
    return new ProtocolException(
        "got " + got.getClass().getSimpleName() + ", expected " + expected);
  }

  /** Thrown when the client breaks the protocol's rules. */
  static final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
      super(message);
    }
  }

  private void inspect(Init init) throws ProtocolException {
    if (!Arrays.equals(init.chainHash(), chainHash)) {
      throw new ProtocolException(
          "it is on the chain "
              + HexFormat.of().formatHex(init.chainHash())
              + " (genesis block, internal order), this tower on "
              + HexFormat.of().formatHex(chainHash));
    }
    Optional<Integer> unknown = Features.unknownRequired(init.features());
    if (unknown.isPresent()) {
      throw new ProtocolException("it requires feature " + unknown.get() + ", which is not known");
    }
  }

  private Optional<Message> read() throws IOException, WtwireException {
    connection.waiting();
    Optional<byte[]> bytes = socket.read(timeout, MAX_MESSAGE);
    connection.working();
    return bytes.isEmpty() ? Optional.empty() : Optional.of(Messages.decode(bytes.get()));
  }

  /** A client that does not read can make this block, so the connection counts as waiting. */
  private void reply(Message message) throws IOException {
    connection.waiting();
    socket.write(Messages.encode(message));
  }

  private CreateSessionReply create(CreateSession wish) {
    Optional<ErrorCode> refusal = policy.refuses(client, wish);
    if (refusal.isPresent()) {
      log.atDebug()
          .addKeyValue("session", client)
          .addKeyValue("code", refusal.get())
          .addKeyValue("request", wish)
          .log("session refused by policy");
      return new CreateSessionReply(refusal.get(), 0, NO_REWARD);
    }
    if (!rates.take(socket.remoteAddress())) {
      log.atDebug().addKeyValue("session", client).log("session refused by rate limit");
      return new CreateSessionReply(ErrorCode.TEMPORARY_FAILURE, 0, NO_REWARD);
    }
    byte[] rewardScript = policy.rewardScript(wish);
    try {
      return switch (tower.openSession(
          client,
          SessionPolicy.justicePolicy(wish),
          rewardScript,
          wish.maxUpdates(),
          policy.maxSessions())) {
        case OpenResult.Opened opened -> new CreateSessionReply(ErrorCode.OK, 0, rewardScript);
        case OpenResult.InUse(int lastApplied) ->
            new CreateSessionReply(ErrorCode.ALREADY_EXISTS, lastApplied, rewardScript);
        case OpenResult.KeyTaken taken ->
            new CreateSessionReply(ErrorCode.TEMPORARY_FAILURE, 0, NO_REWARD);
        case OpenResult.Unavailable unavailable ->
            new CreateSessionReply(ErrorCode.TEMPORARY_FAILURE, 0, NO_REWARD);
      };
    } catch (StorageException e) {
      log.atWarn()
          .addKeyValue("session", client)
          .addKeyValue("error", e.getMessage())
          .log("session cannot be opened");
      return new CreateSessionReply(ErrorCode.TEMPORARY_FAILURE, 0, NO_REWARD);
    }
  }

  private DeleteSessionReply delete() {
    try {
      return new DeleteSessionReply(
          tower.deleteSession(client) ? ErrorCode.OK : ErrorCode.NOT_FOUND);
    } catch (StorageException e) {
      log.atWarn()
          .addKeyValue("session", client)
          .addKeyValue("error", e.getMessage())
          .log("session cannot be deleted");
      return new DeleteSessionReply(ErrorCode.TEMPORARY_FAILURE);
    }
  }

  private void takeAll(StateUpdate first) throws IOException, WtwireException {
    StateUpdate update = first;
    while (true) {
      StateUpdateReply taken = take(update);
      reply(taken);
      if (taken.code() != ErrorCode.OK || update.complete()) {
        return;
      }
      switch (read().orElse(null)) {
        case StateUpdate next -> update = next;
        case null -> {
          return;
        }
        case Message other -> throw unexpected(other, "a StateUpdate");
      }
    }
  }

  private StateUpdateReply take(StateUpdate update) {
    try {
      teos.tower.sessions.StateUpdate wanted =
          new teos.tower.sessions.StateUpdate(
              client, update.sequence(), update.lastApplied(), update.hint(), update.blob());
      return switch (tower.updateSession(wanted)) {
        case UpdateResult.Stored(StoredAppointment stored, int sequence, int missing) ->
            new StateUpdateReply(ErrorCode.OK, sequence);
        case UpdateResult.Refused(UpdateResult.Reason reason, int lastApplied) ->
            new StateUpdateReply(code(reason), lastApplied);
      };
    } catch (StorageException e) {
      log.atWarn()
          .addKeyValue("session", client)
          .addKeyValue("sequence", update.sequence())
          .addKeyValue("error", e.getMessage())
          .log("update cannot be stored");
      return new StateUpdateReply(ErrorCode.TEMPORARY_FAILURE, 0);
    }
  }

  private static ErrorCode code(UpdateResult.Reason reason) {
    return switch (reason) {
      case NO_SESSION, ALREADY_APPLIED, BAD_BLOB -> ErrorCode.PERMANENT_FAILURE;
      case CLIENT_BEHIND -> ErrorCode.CLIENT_BEHIND;
      case SESSION_FULL -> ErrorCode.MAX_UPDATES_EXCEEDED;
      case OUT_OF_ORDER -> ErrorCode.SEQUENCE_OUT_OF_ORDER;
      case UNAVAILABLE -> ErrorCode.TEMPORARY_FAILURE;
    };
  }
}
