package teos.bitcoin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.util.List;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import teos.protocol.HostPort;
import teos.protocol.Txid;

/**
 * bitcoind's JSON-RPC over HTTP, with keep-alive connections. Blocking; safe for use by several
 * threads.
 */
public final class HttpBitcoindRpc implements BitcoindRpc {

  /** More parameters than any method of bitcoind takes. */
  private static final int TOO_MANY_PARAMETERS = 64;

  private static final MediaType JSON = MediaType.get("application/json");

  /**
   * HTTP statuses that bitcoind's RPC uses for results and errors: 500 for a failed call, 400 for a
   * malformed request, 404 for an unknown method.
   */
  private static final Set<Integer> RPC_STATUSES = Set.of(200, 500, 400, 404);

  private static final Set<String> BROADCAST_METHODS =
      Set.of("sendrawtransaction", "submitpackage");

  private final HttpUrl url;
  private final RpcCredentials credentials;
  private final RpcRequests requests = new RpcRequests();
  private final RpcResponses responses = new RpcResponses();
  private final RpcHttpClients clients = new RpcHttpClients();
  private volatile boolean uptimeForbidden;

  /**
   * @param port of bitcoind's RPC server (its {@code rpcport})
   */
  public HttpBitcoindRpc(String host, int port, RpcCredentials credentials) {
    this.url = new HttpUrl.Builder().scheme("http").host(host).port(port).build();
    this.credentials = credentials;
  }

  @Override
  public String endpoint() {
    return new HostPort(url.host(), url.port()).toString();
  }

  @Override
  public JsonNode call(String method, Object... params) throws BitcoindException {
    boolean broadcast = BROADCAST_METHODS.contains(method);
    return call(broadcast ? clients.broadcasts() : clients.lookups(), method, params);
  }

  private JsonNode call(OkHttpClient http, String method, Object... params)
      throws BitcoindException {
    return exchange(method, requests.single(method, params), http, responses::tree);
  }

  /**
   * Calls {@code method} with more parameters than any method takes. bitcoind checks the number of
   * parameters after the whitelist and before it runs the method.
   */
  @Override
  public boolean permits(String method) throws BitcoindException {
    try {
      call(method, new Object[TOO_MANY_PARAMETERS]);
      return true;
    } catch (BitcoindException.MethodForbidden e) {
      return false;
    } catch (BitcoindException.Refused e) {
      return e.code() != RpcErrorCode.METHOD_NOT_FOUND;
    } catch (BitcoindException.CallFailed e) {
      return true;
    }
  }

  /**
   * Calls {@code uptime}, which takes no lock in bitcoind and so answers even while a block is
   * being connected. If the user may not call it, calls {@code getblockhash 0}.
   */
  @Override
  public void ping() throws BitcoindException {
    try {
      if (!uptimeForbidden) {
        call(clients.pings(), "uptime");
        return;
      }
      call(clients.pings(), "getblockhash", 0);
    } catch (BitcoindException.CallFailed e) {
      uptimeForbidden = true; // an error is an answer as well: bitcoind is alive
    } catch (BitcoindException.Unavailable e) {
      uptimeForbidden = false; // its whitelist may have changed when it is back
      throw e;
    }
  }

  @Override
  public List<Outcome> callAll(String method, List<Object[]> params) throws BitcoindException {
    if (params.isEmpty()) {
      return List.of();
    }
    ArrayNode batch = requests.batch(method, params);
    return exchange(method, batch, clients.bulk(), body -> responses.batch(body, batch));
  }

  @Override
  public byte[] callForBytes(String method, Object... params) throws BitcoindException {
    return exchange(method, requests.single(method, params), clients.bulk(), responses::bytes);
  }

  @Override
  public List<byte[]> callEachForBytes(String method, List<Object[]> params, int byteLimit)
      throws BitcoindException {
    if (params.isEmpty()) {
      return List.of();
    }
    return exchange(
        method,
        requests.batch(method, params),
        clients.bulk(),
        body -> responses.batchBytes(body, params.size(), byteLimit));
  }

  @Override
  public List<Txid> callForTxids(String method, Object... params) throws BitcoindException {
    return exchange(method, requests.single(method, params), clients.bulk(), responses::txids);
  }

  private interface BodyReader<T> {
    T read(ResponseBody body) throws IOException, BitcoindException;
  }

  /** Sends a request. If bitcoind has closed the idle connection, OkHttp retries on a new one. */
  private <T> T exchange(String method, JsonNode request, OkHttpClient http, BodyReader<T> reader)
      throws BitcoindException {
    Request post =
        new Request.Builder()
            .url(url)
            .header("Authorization", authorization())
            .post(RequestBody.create(request.toString(), JSON))
            .build();
    try (Response response = http.newCall(post).execute()) {
      return read(method, response, reader);
    } catch (ProtocolException e) {
      throw notBitcoind("no HTTP");
    } catch (IOException e) {
      clients.evictAll(); // the other idle connections are probably dead as well
      throw new BitcoindException.Unavailable(
          "bitcoind at " + endpoint() + " does not answer (" + IoReason.ofCall(e) + ")");
    }
  }

  private <T> T read(String method, Response response, BodyReader<T> reader)
      throws IOException, BitcoindException {
    int status = response.code();
    switch (status) {
      case HttpURLConnection.HTTP_UNAUTHORIZED ->
          throw new BitcoindException.Unauthorized(
              "bitcoind at "
                  + endpoint()
                  + " does not accept the credentials ("
                  + credentials
                  + ")");
      case HttpURLConnection.HTTP_FORBIDDEN ->
          throw BitcoindException.MethodForbidden.of(method, endpoint());
      case HttpURLConnection.HTTP_UNAVAILABLE ->
          throw new BitcoindException.Busy(
              "bitcoind at " + endpoint() + " is too busy (HTTP " + status + ")");
      default -> {
        // the body has the result or bitcoind's error
      }
    }
    try {
      return reader.read(response.body());
    } catch (JsonProcessingException
        | RpcResponses.MalformedException
        | IllegalArgumentException e) {
      if (RPC_STATUSES.contains(status)) {
        throw new BitcoindException.MalformedResponse(
            "bitcoind at "
                + endpoint()
                + " sent a response to "
                + method
                + " that cannot be read (HTTP "
                + status
                + ")");
      }
      throw notBitcoind("HTTP " + status);
    }
  }

  private BitcoindException notBitcoind(String reason) {
    return new BitcoindException.Unavailable(
        "the server at " + endpoint() + " is not bitcoind's RPC (" + reason + ")");
  }

  private String authorization() throws BitcoindException.Unauthorized {
    try {
      return credentials.basicAuthorization();
    } catch (IOException e) {
      throw new BitcoindException.Unauthorized(
          "cannot read bitcoind's " + credentials + ": " + IoReason.ofFile(e));
    }
  }
}
