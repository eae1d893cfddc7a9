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
import teos.tower.sessions.Applied;
import teos.tower.sessions.SessionKeeper;
import teos.tower.sessions.SessionKeeper.Opened;
import teos.tower.sessions.Update;
import teos.tower.store.StorageException;
import teos.wtwire.Code;
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
 * What is said over one connection: each side's Init, and then one CreateSession, one DeleteSession, or
 * StateUpdates until the client calls one the last, or one is refused.
 */
final class Conversation {

  private static final Logger log = LoggerFactory.getLogger(Conversation.class);
  private static final byte[] NO_REWARD = {};

  private final NoiseSocket socket;
  private final PublicKey client;
  private final byte[] chainHash;
  private final Terms terms;
  private final SessionKeeper sessions;
  private final Duration patience;

  /**
   * @param chainHash of the genesis block, in internal order
   * @param patience for which the client may be silent
   */
  Conversation(
      NoiseSocket socket,
      byte[] chainHash,
      Terms terms,
      SessionKeeper sessions,
      Duration patience) {
    this.socket = socket;
    this.client = socket.other();
    this.chainHash = chainHash;
    this.terms = terms;
    this.sessions = sessions;
    this.patience = patience;
  }

  /**
   * Returns when all is said.
   *
   * @throws WtwireException if the client says what it may not say
   * @throws IOException if the connection is lost, or the client is silent for too long
   */
  void hold() throws IOException, WtwireException {
    Optional<Message> first = read();
    if (first.isEmpty()) {
      return; // as somebody does who only looks whether there is a tower
    }
    socket.write(Messages.encode(new Init(Features.tower(), chainHash)));
    if (!(first.get() instanceof Init init)) {
      throw unexpected(first.get(), "Init");
    }
    inspect(init);
    switch (read().orElse(null)) {
      case CreateSession wish -> reply(create(wish));
      case DeleteSession wish -> reply(delete());
      case StateUpdate update -> takeAll(update);
      case null -> log.debug("session={} only said hello", client);
      case Message other ->
          throw unexpected(other, "CreateSession, DeleteSession or StateUpdate");
    }
  }

  private static Refusal unexpected(Message got, String expected) {
    return new Refusal("a " + got.getClass().getSimpleName() + " where there should be " + expected);
  }

  /** What ends a conversation that is against the protocol's rules. */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
      super(message);
    }
  }

  private void inspect(Init init) throws Refusal {
    if (!Arrays.equals(init.chainHash(), chainHash)) {
      throw new Refusal(
          "it is on the chain " + HexFormat.of().formatHex(init.chainHash())
              + " (genesis block, internal order), this tower on "
              + HexFormat.of().formatHex(chainHash));
    }
    Optional<Integer> unknown = Features.unknownRequired(init.features());
    if (unknown.isPresent()) {
      throw new Refusal("it requires feature " + unknown.get() + ", which is not known");
    }
  }

  private Optional<Message> read() throws IOException, WtwireException {
    Optional<byte[]> bytes = socket.read(patience);
    return bytes.isEmpty() ? Optional.empty() : Optional.of(Messages.decode(bytes.get()));
  }

  private void reply(Message message) throws IOException {
    socket.write(Messages.encode(message));
  }

  private CreateSessionReply create(CreateSession wish) {
    Optional<Code> refusal = terms.refuses(client, wish);
    if (refusal.isPresent()) {
      log.info("session={} refused: {} for {}", client, refusal.get(), wish);
      return new CreateSessionReply(refusal.get(), 0, NO_REWARD);
    }
    byte[] rewardScript = terms.rewardScript(wish);
    try {
      Opened opened =
          sessions.open(
              client,
              Terms.policy(wish),
              rewardScript,
              wish.maxUpdates(),
              terms.maxSessions());
      return switch (opened) {
        case Opened.Open open -> new CreateSessionReply(Code.OK, 0, rewardScript);
        case Opened.InUse(int lastApplied) ->
            new CreateSessionReply(Code.ALREADY_EXISTS, lastApplied, rewardScript);
        case Opened.KeyTaken taken ->
            new CreateSessionReply(Code.TEMPORARY_FAILURE, 0, NO_REWARD);
        case Opened.Full full -> new CreateSessionReply(Code.TEMPORARY_FAILURE, 0, NO_REWARD);
      };
    } catch (StorageException e) {
      log.warn("session={} cannot be opened: {}", client, e.getMessage());
      return new CreateSessionReply(Code.TEMPORARY_FAILURE, 0, NO_REWARD);
    }
  }

  private DeleteSessionReply delete() {
    try {
      return new DeleteSessionReply(sessions.delete(client) ? Code.OK : Code.NOT_FOUND);
    } catch (StorageException e) {
      log.warn("session={} cannot be deleted: {}", client, e.getMessage());
      return new DeleteSessionReply(Code.TEMPORARY_FAILURE);
    }
  }

  private void takeAll(StateUpdate first) throws IOException, WtwireException {
    StateUpdate update = first;
    while (true) {
      StateUpdateReply taken = take(update);
      reply(taken);
      if (taken.code() != Code.OK || update.complete()) {
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
      Applied applied =
          sessions.apply(
              new Update(
                  client, update.sequence(), update.lastApplied(), update.hint(), update.blob()));
      return new StateUpdateReply(code(applied.outcome()), applied.lastApplied());
    } catch (StorageException e) {
      log.warn("session={} update {} failed: {}", client, update.sequence(), e.getMessage());
      return new StateUpdateReply(Code.TEMPORARY_FAILURE, 0);
    }
  }

  private static Code code(Applied.Outcome outcome) {
    return switch (outcome) {
      case STORED -> Code.OK;
      case NO_SESSION, ALREADY_APPLIED, BAD_BLOB -> Code.PERMANENT_FAILURE;
      case CLIENT_BEHIND -> Code.CLIENT_BEHIND;
      case SESSION_FULL -> Code.MAX_UPDATES_EXCEEDED;
      case OUT_OF_ORDER -> Code.SEQUENCE_OUT_OF_ORDER;
      case TOWER_FULL -> Code.TEMPORARY_FAILURE;
    };
  }
}
