package teos.cln.jsonrpc;

import teos.client.json.JsonText;

/** Log of lightningd, to which the plugin's lines are sent as notifications. Thread-safe. */
public final class Log {

  /** A line may have texts of others, such as a tower's error. */
  private static final int MAX_CHARS = 4_000;

  private final MessageWriter writer;

  public Log(MessageWriter writer) {
    this.writer = writer;
  }

  /** Logs for those who look for the cause of a problem. */
  public void debug(String line) {
    send("debug", line);
  }

  /** Logs a normal event. */
  public void info(String line) {
    send("info", line);
  }

  /** Logs an event that may need attention; lightningd shows it as UNUSUAL. */
  public void warn(String line) {
    send("warn", line);
  }

  /** Logs an event that a person must act on; lightningd shows it as BROKEN. */
  public void error(String line) {
    send("error", line);
  }

  private void send(String level, String line) {
    String shown = line.length() > MAX_CHARS ? line.substring(0, MAX_CHARS) + "..." : line;
    shown = shown.replaceAll("\\p{Cntrl}+", " ");
    writer.notify("log", JsonText.newObject().put("level", level).put("message", shown));
  }
}
