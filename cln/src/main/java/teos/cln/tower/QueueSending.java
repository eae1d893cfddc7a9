package teos.cln.tower;

import java.io.IOException;
import teos.client.NotRegisteredException;
import teos.client.SendReport;

/** Sends the queue of a tower once. */
interface QueueSending {

  /** Returns what the tower has accepted, and why the rest is still queued. */
  SendReport send() throws IOException, NotRegisteredException;
}
