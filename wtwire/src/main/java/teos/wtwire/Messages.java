package teos.wtwire;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import teos.protocol.Locator;
import teos.wtwire.Message.CreateSession;
import teos.wtwire.Message.CreateSessionReply;
import teos.wtwire.Message.DeleteSession;
import teos.wtwire.Message.DeleteSessionReply;
import teos.wtwire.Message.ErrorMessage;
import teos.wtwire.Message.Init;
import teos.wtwire.Message.StateUpdate;
import teos.wtwire.Message.StateUpdateReply;

/** Encoder and decoder of {@link Message}. */
public final class Messages {

  /** Bytes of the longest message, its type included: the limit of BOLT 8's transport. */
  public static final int MAX_LENGTH = 65_535;

  private static final int INIT = 600;
  private static final int ERROR = 601;
  private static final int CREATE_SESSION = 602;
  private static final int CREATE_SESSION_REPLY = 603;
  private static final int STATE_UPDATE = 604;
  private static final int STATE_UPDATE_REPLY = 605;
  private static final int DELETE_SESSION = 606;
  private static final int DELETE_SESSION_REPLY = 607;
  private static final int CHAIN_HASH_LENGTH = 32;

  private Messages() {}

  /**
   * Encodes {@code message}, with its type first.
   *
   * @throws java.nio.BufferOverflowException if it would be longer than {@link #MAX_LENGTH}
   */
  public static byte[] encode(Message message) {
    ByteBuffer out = ByteBuffer.allocate(MAX_LENGTH);
    switch (message) {
      case Init(byte[] features, byte[] chainHash) ->
          u16(u16(out, INIT), features.length).put(features).put(chainHash);
      case ErrorMessage(int code, byte[] data) ->
          u16(u16(u16(out, ERROR), code), data.length).put(data);
      case CreateSession session -> {
        u16(u16(u16(out, CREATE_SESSION), session.blobType()), session.maxUpdates());
        out.putInt((int) session.rewardBase()).putInt((int) session.rewardRate());
        out.putLong(session.sweepFeeRate());
      }
      case CreateSessionReply(ErrorCode code, int lastApplied, byte[] data) -> {
        u16(u16(u16(out, CREATE_SESSION_REPLY), code.number()), lastApplied);
        CompactSize.write(out, data.length);
        out.put(data);
      }
      case StateUpdate update -> {
        u16(u16(u16(out, STATE_UPDATE), update.sequence()), update.lastApplied());
        out.put((byte) (update.complete() ? 1 : 0)).put(update.hint().bytes());
        CompactSize.write(out, update.blob().length);
        out.put(update.blob());
      }
      case StateUpdateReply(ErrorCode code, int lastApplied) ->
          u16(u16(u16(out, STATE_UPDATE_REPLY), code.number()), lastApplied);
      case DeleteSession delete -> u16(out, DELETE_SESSION);
      case DeleteSessionReply(ErrorCode code) -> u16(u16(out, DELETE_SESSION_REPLY), code.number());
    }
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static ByteBuffer u16(ByteBuffer out, int number) {
    return out.putShort((short) number);
  }

  /**
   * Decodes a message; bytes after its last field are ignored.
   *
   * @throws WtwireException if the type or an error code is unknown, or the message is truncated
   */
  public static Message decode(byte[] bytes) throws WtwireException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      int type = u16(in);
      return switch (type) {
        case INIT -> new Init(bytes(in, u16(in)), bytes(in, CHAIN_HASH_LENGTH));
        case ERROR -> new ErrorMessage(u16(in), bytes(in, u16(in)));
        case CREATE_SESSION -> new CreateSession(u16(in), u16(in), u32(in), u32(in), in.getLong());
        case CREATE_SESSION_REPLY ->
            new CreateSessionReply(ErrorCode.of(u16(in)), u16(in), varBytes(in));
        case STATE_UPDATE ->
            new StateUpdate(
                u16(in),
                u16(in),
                in.get() == 1,
                new Locator(bytes(in, Locator.LENGTH)),
                varBytes(in));
        case STATE_UPDATE_REPLY -> new StateUpdateReply(ErrorCode.of(u16(in)), u16(in));
        case DELETE_SESSION -> new DeleteSession();
        case DELETE_SESSION_REPLY -> new DeleteSessionReply(ErrorCode.of(u16(in)));
        default -> throw new WtwireException("unknown message type " + type);
      };
    } catch (BufferUnderflowException e) {
      throw new WtwireException("the message is truncated after " + bytes.length + " bytes");
    }
  }

  private static int u16(ByteBuffer in) {
    return Short.toUnsignedInt(in.getShort());
  }

  private static long u32(ByteBuffer in) {
    return Integer.toUnsignedLong(in.getInt());
  }

  private static byte[] varBytes(ByteBuffer in) throws WtwireException {
    long length = CompactSize.read(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    return bytes(in, (int) length);
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    if (length > in.remaining()) {
      throw new BufferUnderflowException(); // before allocating so many bytes
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
