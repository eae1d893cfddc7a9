package teos.cln.jsonrpc;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What can be read of a message that is not JSON, or too large. lightningd passes on what {@code
 * lightning-cli} sends, which writes a parameter of digits and dots such as 127.0.0.1 without
 * quotes. Whoever sent it waits for an answer.
 *
 * @param id the id, if it stands before the parameters
 * @param isHook whether the message is or could be a call of the hook, which must not be answered
 *     with an error
 */
public record BrokenMessage(Optional<RequestId> id, boolean isHook) {

  private static final Pattern ID =
      Pattern.compile("\"id\"\\s*:\\s*(\"(?:[^\"\\\\\\p{Cntrl}]|\\\\.)*+\"|\\d{1,18})");
  private static final Pattern METHOD = Pattern.compile("\"method\"\\s*:\\s*\"([a-z_]+)\"");
  private static final String HOOK = "commitment_revocation";

  /** Searches the text in front of the parameters. */
  public static BrokenMessage of(String text) {
    int params = text.indexOf("\"params\"");
    String head = params < 0 ? text : text.substring(0, params);
    Matcher id = ID.matcher(head);
    Matcher method = METHOD.matcher(head);
    return new BrokenMessage(
        id.find() ? Optional.of(new RequestId(id.group(1))) : Optional.empty(),
        !method.find() || method.group(1).equals(HOOK));
  }
}
