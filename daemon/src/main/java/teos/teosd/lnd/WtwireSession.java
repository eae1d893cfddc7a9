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
import teos.teosd.api.SessionPolicy;
import teos.teosd.api.SessionRequest;
import teos.teosd.api.SessionResult;
import teos.teosd.net.ConnectionLimiter;
import teos.tower.database.StorageException;
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
 * Protocol of one connection: an Init from each side, then one CreateSession, one DeleteSession, or
 * StateUpdates until the client marks one as the last or the tower refuses one. The connection may
 * be evicted for another, except while the tower processes a message.
 */
final class WtwireSession {

  private static final Logger log = LoggerFactory.getLogger(WtwireSession.class);
  private static final byte[] NO_REWARD = {};

  /** lnd's messages have up to 400 bytes; this leaves room for an Init with more features. */
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
   * @param timeout for each message from the client
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
   * Runs the protocol until the last message has its reply.
   *
   * @throws WtwireException if a message cannot be decoded
   * @throws IOException if the connection is lost, or the client is too slow or violates the
   *     protocol
   */
  void run() throws IOException, WtwireException {
    Optional<Message> first = read();
    if (first.isEmpty()) {
      return; // a probe that only checks whether a tower is here
    }
    reply(new Init(Features.tower(), chainHash));
    if (!(first.get() instanceof Init init)) {
      throw unexpected(first.get(), "Init");
    }
    checkInit(init);
    switch (read().orElse(null)) {
      case CreateSession create -> reply(create(create));
      case DeleteSession delete -> reply(delete());
      case StateUpdate update -> applyUpdates(update);
      case null -> log.atDebug().addKeyValue("session", client).log("client sent Init only");
      case Message other -> throw unexpected(other, "CreateSession, DeleteSession or StateUpdate");
    }
  }

  private static ProtocolException unexpected(Message got, String expected) {
    return new ProtocolException(
        "got " + got.getClass().getSimpleName() + ", expected " + expected);
  }

  /** Thrown when the client violates the protocol. */
  static final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
      super(message);
    }
  }

  private void checkInit(Init init) throws ProtocolException {
    if (!Arrays.equals(init.chainHash(), chainHash)) {
      throw new ProtocolException(
          "the client is on the chain "
              + HexFormat.of().formatHex(init.chainHash())
              + " (genesis block, internal order), the tower on "
              + HexFormat.of().formatHex(chainHash));
    }
    Optional<Integer> unknown = Features.unknownRequired(init.features());
    if (unknown.isPresent()) {
      throw new ProtocolException("the client requires the unknown feature " + unknown.get());
    }
  }

  private Optional<Message> read() throws IOException, WtwireException {
    connection.waiting();
    Optional<byte[]> bytes = socket.read(timeout, MAX_MESSAGE);
    connection.working();
    return bytes.isEmpty() ? Optional.empty() : Optional.of(Messages.decode(bytes.get()));
  }

  /** Sends a reply. The connection counts as waiting, because a slow client can block this. */
  private void reply(Message message) throws IOException {
    connection.waiting();
    socket.write(Messages.encode(message));
  }

  private CreateSessionReply create(CreateSession message) {
    SessionRequest request =
        new SessionRequest(
            message.blobType(),
            message.maxUpdates(),
            message.rewardBase(),
            message.rewardRate(),
            message.sweepFeeRate());
    try {
      return switch (tower.openSession(
          client, request, policy, () -> rates.count(socket.remoteAddress()))) {
        case SessionResult.Opened(byte[] rewardScript) ->
            new CreateSessionReply(ErrorCode.OK, 0, rewardScript);
        case SessionResult.InUse(int lastApplied, byte[] rewardScript) ->
            new CreateSessionReply(ErrorCode.ALREADY_EXISTS, lastApplied, rewardScript);
        case SessionResult.Refused(SessionResult.Reason reason) -> {
          log.atDebug()
              .addKeyValue("session", client)
              .addKeyValue("reason", reason)
              .addKeyValue("request", request)
              .log("session refused by policy");
          yield new CreateSessionReply(code(reason), 0, NO_REWARD);
        }
        case SessionResult.RateLimited limited -> {
          log.atDebug().addKeyValue("session", client).log("session refused by rate limit");
          yield new CreateSessionReply(ErrorCode.TEMPORARY_FAILURE, 0, NO_REWARD);
        }
        case SessionResult.KeyTaken taken ->
            new CreateSessionReply(ErrorCode.TEMPORARY_FAILURE, 0, NO_REWARD);
        case SessionResult.Unavailable unavailable ->
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

  private static ErrorCode code(SessionResult.Reason reason) {
    return switch (reason) {
      case CLIENT -> ErrorCode.PERMANENT_FAILURE;
      case BLOB_TYPE -> ErrorCode.REJECT_BLOB_TYPE;
      case REWARD_RATE -> ErrorCode.REJECT_REWARD_RATE;
      case MAX_UPDATES -> ErrorCode.REJECT_MAX_UPDATES;
      case SWEEP_FEE_RATE -> ErrorCode.REJECT_SWEEP_FEE_RATE;
    };
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

  private void applyUpdates(StateUpdate first) throws IOException, WtwireException {
    StateUpdate update = first;
    while (true) {
      StateUpdateReply result = apply(update);
      reply(result);
      if (result.code() != ErrorCode.OK || update.complete()) {
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

  private StateUpdateReply apply(StateUpdate update) {
    try {
      teos.tower.sessions.StateUpdate request =
          new teos.tower.sessions.StateUpdate(
              client, update.sequence(), update.lastApplied(), update.hint(), update.blob());
      return switch (tower.updateSession(request)) {
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
