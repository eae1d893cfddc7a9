package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import teos.protocol.Txid;

/** bitcoind's RPC, as far as the tower calls it. Blocking, and safe for any number of threads. */
public interface BitcoindRpc {

  /** Where bitcoind is, for messages to people. */
  String endpoint();

  /**
   * Calls {@code method}.
   *
   * @throws BitcoindException.Refused if bitcoind answers with an error
   * @throws BitcoindException.MethodForbidden if this user may not call the method
   * @throws BitcoindException.MalformedResponse if the answer cannot be read
   * @throws BitcoindException.Unavailable if it gives no answer to the call
   */
  JsonNode call(String method, Object... params) throws BitcoindException;

  /**
   * Whether {@code method} exists and this user may call it. The method itself does not run.
   *
   * @throws BitcoindException.Unavailable as {@link #call}
   */
  default boolean permits(String method) throws BitcoindException {
    return true;
  }

  /**
   * Checks that bitcoind answers, by the cheapest call there is.
   *
   * @throws BitcoindException.Unavailable if it does not
   */
  default void ping() throws BitcoindException {
    call("getblockhash", 0);
  }

  /**
   * Calls {@code method}, whose result is a hex string, and decodes it.
   *
   * @throws BitcoindException as {@link #call}
   */
  byte[] callForBytes(String method, Object... params) throws BitcoindException;

  /**
   * Calls {@code method}, whose result is an array of txids in display order. There may be hundreds
   * of thousands.
   *
   * @throws BitcoindException as {@link #call}
   */
  default List<Txid> callForTxids(String method, Object... params) throws BitcoindException {
    List<Txid> txids = new ArrayList<>();
    call(method, params).forEach(txid -> txids.add(Txid.fromDisplayHex(txid.asText())));
    return txids;
  }

  /** What bitcoind answers to one of several calls. */
  sealed interface Outcome {

    /** The call's result. */
    record Result(JsonNode value) implements Outcome {}

    /** The call failed; those beside it may not have. */
    record Failure(BitcoindException.CallFailed cause) implements Outcome {}
  }

  /**
   * Calls {@code method} once with each of {@code params}, in one exchange if that can be.
   *
   * @return the outcomes, in that order
   * @throws BitcoindException if there is no outcome for any of the calls
   */
  default List<Outcome> callAll(String method, List<Object[]> params) throws BitcoindException {
    List<Outcome> outcomes = new ArrayList<>(params.size());
    for (Object[] each : params) {
      try {
        outcomes.add(new Outcome.Result(call(method, each)));
      } catch (BitcoindException.CallFailed e) {
        outcomes.add(new Outcome.Failure(e));
      }
    }
    return outcomes;
  }

  /**
   * Calls {@code method} once with each of {@code params}, in one exchange if that can be. The
   * results are in that order; they end before the first call that was refused.
   *
   * @throws BitcoindException as {@link #call}, but not {@link BitcoindException.Refused}
   */
  default List<JsonNode> callEach(String method, List<Object[]> params) throws BitcoindException {
    List<JsonNode> results = new ArrayList<>(params.size());
    for (Outcome outcome : callAll(method, params)) {
      switch (outcome) {
        case Outcome.Result(JsonNode value) -> results.add(value);
        case Outcome.Failure(BitcoindException.Refused refused) -> {
          return results;
        }
        case Outcome.Failure(BitcoindException.CallFailed failed) -> throw failed;
      }
    }
    return results;
  }

  /**
   * Calls {@code method}, whose result is a hex string, once with each of {@code params}, in one
   * exchange if that can be, and decodes the results. They are in that order, and end before the
   * first call that was refused, or with the one that makes them {@code enough}.
   *
   * @param enough bytes, of all results together, after which no more is read
   * @throws BitcoindException as {@link #call}, but not {@link BitcoindException.Refused}
   */
  default List<byte[]> callEachForBytes(String method, List<Object[]> params, int enough)
      throws BitcoindException {
    List<byte[]> results = new ArrayList<>(params.size());
    try {
      int bytes = 0;
      for (int i = 0; i < params.size() && bytes < enough; i++) {
        results.add(callForBytes(method, params.get(i)));
        bytes += results.getLast().length;
      }
    } catch (BitcoindException.Refused e) {
      return results;
    }
    return results;
  }
}
