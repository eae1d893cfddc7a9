package teos.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import teos.protocol.Txid;

/**
 * The calls of bitcoind's JSON-RPC that the tower needs. Blocking; safe for use by several threads.
 */
public interface BitcoindRpc {

  /** Returns bitcoind's {@code HOST:PORT}, for messages. */
  String endpoint();

  /**
   * Calls {@code method} and returns its result.
   *
   * @throws BitcoindException.Refused if bitcoind answers with an error
   * @throws BitcoindException.MethodForbidden if the user may not call the method
   * @throws BitcoindException.MalformedResponse if the response cannot be read
   * @throws BitcoindException.Unavailable if bitcoind does not answer the call
   */
  JsonNode call(String method, Object... params) throws BitcoindException;

  /**
   * Returns whether {@code method} exists and the user may call it, without running it.
   *
   * @throws BitcoindException.Unavailable if bitcoind does not answer
   */
  default boolean permits(String method) throws BitcoindException {
    return true;
  }

  /**
   * Checks that bitcoind answers, by its cheapest call.
   *
   * @throws BitcoindException.Unavailable if it does not
   */
  default void ping() throws BitcoindException {
    call("getblockhash", 0);
  }

  /**
   * Calls {@code method}, whose result is a hex string, and returns the decoded bytes.
   *
   * @throws BitcoindException as {@link #call}
   */
  byte[] callForBytes(String method, Object... params) throws BitcoindException;

  /**
   * Calls {@code method}, whose result is an array of txids in display order (up to hundreds of
   * thousands).
   *
   * @throws BitcoindException as {@link #call}
   */
  default List<Txid> callForTxids(String method, Object... params) throws BitcoindException {
    List<Txid> txids = new ArrayList<>();
    call(method, params).forEach(txid -> txids.add(Txid.fromDisplayHex(txid.asText())));
    return txids;
  }

  /** Outcome of one call of a batch. */
  sealed interface Outcome {

    /** Success, with the call's result. */
    record Result(JsonNode value) implements Outcome {}

    /** Failure of this call; other calls of the batch may have succeeded. */
    record Failure(BitcoindException.CallFailed cause) implements Outcome {}
  }

  /**
   * Calls {@code method} once with each of {@code params}, in one batch request if possible.
   *
   * @return the outcomes, in the order of {@code params}
   * @throws BitcoindException if the batch as a whole failed
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
   * Calls {@code method} once with each of {@code params}, in one batch request if possible.
   *
   * @return the results, in the order of {@code params}, up to the first call that bitcoind refused
   * @throws BitcoindException as {@link #call}, except {@link BitcoindException.Refused}
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
   * batch request if possible, and decodes the results.
   *
   * @param byteLimit reading stops after the result with which all results together have at least
   *     this many bytes
   * @return the results, in the order of {@code params}, up to the first call that bitcoind refused
   *     or to {@code byteLimit}
   * @throws BitcoindException as {@link #call}, except {@link BitcoindException.Refused}
   */
  default List<byte[]> callEachForBytes(String method, List<Object[]> params, int byteLimit)
      throws BitcoindException {
    List<byte[]> results = new ArrayList<>(params.size());
    try {
      int bytes = 0;
      for (int i = 0; i < params.size() && bytes < byteLimit; i++) {
        results.add(callForBytes(method, params.get(i)));
        bytes += results.getLast().length;
      }
    } catch (BitcoindException.Refused e) {
      return results;
    }
    return results;
  }
}
