package teos.cln.jsonrpc;

/**
 * Id of a request, which its answer must repeat unchanged: lightningd compares the text.
 *
 * @param json the id as received, a JSON string with its quotes or a number
 */
public record RequestId(String json) {}
