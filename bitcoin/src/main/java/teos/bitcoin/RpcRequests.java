package teos.bitcoin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Builds JSON-RPC 1.0 requests, each with an id that is unique within this object. */
final class RpcRequests {

  private final AtomicLong lastId = new AtomicLong();

  /** Returns the request that calls {@code method} with positional parameters. */
  ObjectNode single(String method, Object... params) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("jsonrpc", "1.0").put("id", lastId.incrementAndGet()).put("method", method);
    ArrayNode array = request.putArray("params");
    for (Object param : params) {
      array.addPOJO(param);
    }
    return request;
  }

  /** Returns the batch request that calls {@code method} once with each of {@code params}. */
  ArrayNode batch(String method, List<Object[]> params) {
    ArrayNode requests = JsonNodeFactory.instance.arrayNode(params.size());
    params.forEach(each -> requests.add(single(method, each)));
    return requests;
  }
}
