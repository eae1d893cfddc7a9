package teos.benchmarks.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import teos.benchmarks.load.ReplyReader.NoResponseException;

/**
 * Closed-loop sender: one thread serves all connections, and each connection sends its next request
 * as soon as it has a response. One thread uses less CPU than a thread per connection, which would
 * have to be woken up for every response.
 */
final class ClosedLoopSender implements Sender {

  private final Workload work;
  private final URI api;
  private final LoadStatistics statistics = new LoadStatistics();
  private final Selector selector;
  private final List<Connection> connections = new ArrayList<>();
  private final Deque<Connection> idle = new ArrayDeque<>();
  private volatile boolean closed;
  private int inFlight;

  ClosedLoopSender(Workload work, URI api, int connectionCount) throws IOException {
    this.work = work;
    this.api = api;
    this.selector = Selector.open();
    for (int i = 0; i < connectionCount; i++) {
      connections.add(new Connection());
    }
  }

  @Override
  public LoadStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }

  @Override
  public void run() {
    try (selector) {
      Schedule.await(work.schedule().due(0, System.nanoTime()));
      idle.addAll(connections);
      sendAll();
      while (inFlight > 0 && !closed) {
        selector.select(key -> ((Connection) key.attachment()).receive());
        sendAll();
      }
      connections.forEach(Connection::abort);
    } catch (IOException e) {
      statistics.recordFailure(false, 0, String.valueOf(e.getMessage()));
    } finally {
      connections.forEach(
          connection -> statistics.addReconnects(Math.max(0, connection.connects - 1)));
    }
  }

  private void sendAll() {
    for (Connection connection = idle.poll();
        connection != null && !closed;
        connection = idle.poll()) {
      connection.sendNext();
    }
  }

  /** One connection with its current request. It reconnects after the tower has closed it. */
  private final class Connection {
    private final ReplyReader reply = new ReplyReader();
    private @Nullable SocketChannel channel;
    private int connects;
    private int request;
    private boolean retried;
    private boolean awaitingReply;
    private long due;
    private long sent;

    void sendNext() {
      int next = work.next().getAndIncrement();
      due = System.nanoTime();
      if (next >= work.plan().requests() || due - work.window().end() >= 0) {
        return;
      }
      request = next;
      retried = false;
      awaitingReply = true;
      inFlight++;
      send();
    }

    private void send() {
      sent = System.nanoTime();
      try {
        SocketChannel to = open();
        ByteBuffer bytes = ByteBuffer.wrap(work.request(request));
        while (bytes.hasRemaining()) {
          to.write(bytes); // takes several writes only if the tower does not read
        }
      } catch (IOException e) {
        retryOrFail(e);
      }
    }

    private SocketChannel open() throws IOException {
      SocketChannel known = channel;
      if (known != null) {
        return known;
      }
      try {
        SocketChannel made =
            SocketChannel.open(new InetSocketAddress(api.getHost(), api.getPort()));
        made.socket().setTcpNoDelay(true);
        made.configureBlocking(false);
        made.register(selector, SelectionKey.OP_READ, this);
        channel = made;
        connects++;
        return made;
      } catch (IOException e) {
        retried = true;
        throw new IOException("cannot connect to " + api + ": " + e.getMessage(), e);
      }
    }

    void receive() {
      SocketChannel from = channel;
      if (from == null || !awaitingReply) {
        closeChannel(); // the tower has closed the idle connection
        return;
      }
      try {
        reply.read(new ChannelInput(from));
      } catch (IOException e) {
        retryOrFail(e);
        return;
      }
      if (!reply.keepAlive()) {
        closeChannel();
      }
      finish(work.checkReply(request, reply));
    }

    /** Resends the request once over a new connection if the tower had closed the idle one. */
    private void retryOrFail(IOException e) {
      closeChannel();
      if (!retried && (e instanceof NoResponseException || e instanceof SocketException)) {
        retried = true;
        send();
      } else {
        finish(String.valueOf(e.getMessage()));
      }
    }

    private void finish(String error) {
      awaitingReply = false;
      inFlight--;
      work.recordRequest(statistics, request, due, due, sent, System.nanoTime(), error);
      idle.add(this);
    }

    void abort() {
      closeChannel();
      if (awaitingReply) {
        work.recordRequest(
            statistics, request, due, due, sent, System.nanoTime(), "no response in time");
      }
    }

    private void closeChannel() {
      SocketChannel known = channel;
      channel = null;
      if (known != null) {
        try {
          known.close();
        } catch (IOException e) {
          // the connection is discarded anyway
        }
      }
    }
  }

  /** Reads from a non-blocking channel; spins until the rest of a partial response arrives. */
  private final class ChannelInput extends InputStream {
    private final SocketChannel from;

    ChannelInput(SocketChannel from) {
      this.from = from;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = from.read(ByteBuffer.wrap(buffer, offset, length));
      while (count == 0 && !closed) {
        Thread.onSpinWait();
        count = from.read(ByteBuffer.wrap(buffer, offset, length));
      }
      if (count == 0) {
        throw new IOException("no response in time");
      }
      return count;
    }
  }
}
