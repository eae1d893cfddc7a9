package teos.cln.manifest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import teos.client.json.JsonText;
import teos.cln.hook.CommitmentRevocation;
import teos.cln.method.CommandInfo;

/** Answer to {@code getmanifest}: the plugin's options, commands and hook. */
public final class Manifest {

  private Manifest() {}

  /** Returns the manifest. */
  public static ObjectNode json() {
    ObjectNode json = JsonText.newObject();
    ArrayNode options = json.putArray("options");
    for (PluginOption option : PluginOption.values()) {
      options.add(option.json());
    }
    ArrayNode methods = json.putArray("rpcmethods");
    for (CommandInfo command : CommandInfo.values()) {
      methods
          .addObject()
          .put("name", command.text())
          .put("usage", command.usage())
          .put("description", command.description());
    }
    json.putArray("subscriptions");
    json.putArray("notifications");
    json.putArray("hooks").addObject().put("name", CommitmentRevocation.NAME);
    json.putObject("featurebits");
    // With "dynamic" the plugin can be started again without a restart of lightningd.
    return json.put("dynamic", true).put("nonnumericids", true);
  }
}
