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
import teos.benchmarks.load.ReplyReader.NothingCameException;

/**
 * All connections' thread, where each request follows an answer: one thread for them takes less of
 * the machine than one for each, which has to be woken up with every answer.
 */
final class ClosedLoopSender implements Sender {

  private final Work work;
  private final URI api;
  private final LoadStatistics tally = new LoadStatistics();
  private final Selector selector;
  private final List<Line> lines = new ArrayList<>();
  private final Deque<Line> free = new ArrayDeque<>();
  private volatile boolean closed;
  private int waiting;

  ClosedLoopSender(Work work, URI api, int connections) throws IOException {
    this.work = work;
    this.api = api;
    this.selector = Selector.open();
    for (int i = 0; i < connections; i++) {
      lines.add(new Line());
    }
  }

  @Override
  public LoadStatistics tally() {
    return tally;
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
      free.addAll(lines);
      sendAll();
      while (waiting > 0 && !closed) {
        selector.select(key -> ((Line) key.attachment()).receive());
        sendAll();
      }
      lines.forEach(Line::giveUp);
    } catch (IOException e) {
      tally.failed(false, 0, String.valueOf(e.getMessage()));
    } finally {
      lines.forEach(line -> tally.reconnected(Math.max(0, line.opened - 1)));
    }
  }

  private void sendAll() {
    for (Line line = free.poll(); line != null && !closed; line = free.poll()) {
      line.sendNext();
    }
  }

  /** One connection, which is opened again when the tower has closed it, and its request. */
  private final class Line {
    private final ReplyReader reply = new ReplyReader();
    private @Nullable SocketChannel channel;
    private int opened;
    private int request;
    private boolean again;
    private boolean awaits;
    private long due;
    private long sent;

    void sendNext() {
      int next = work.next().getAndIncrement();
      due = System.nanoTime();
      if (next >= work.plan().requests() || due - work.window().end() >= 0) {
        return;
      }
      request = next;
      again = false;
      awaits = true;
      waiting++;
      send();
    }

    private void send() {
      sent = System.nanoTime();
      try {
        SocketChannel to = open();
        ByteBuffer bytes = ByteBuffer.wrap(work.request(request));
        while (bytes.hasRemaining()) {
          to.write(bytes); // all of it, but for a tower that reads nothing
        }
      } catch (IOException e) {
        failed(e);
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
        opened++;
        return made;
      } catch (IOException e) {
        again = true;
        throw new IOException("cannot connect to " + api + ": " + e.getMessage(), e);
      }
    }

    void receive() {
      SocketChannel from = channel;
      if (from == null || !awaits) {
        forget(); // the tower has closed it, and nobody waits
        return;
      }
      try {
        reply.read(new Incoming(from));
      } catch (IOException e) {
        failed(e);
        return;
      }
      if (!reply.lasts()) {
        forget();
      }
      ended(work.judge(request, reply));
    }

    /**
     * A connection that the tower has closed meanwhile is opened again, and the request sent again.
     */
    private void failed(IOException e) {
      forget();
      if (!again && (e instanceof NothingCameException || e instanceof SocketException)) {
        again = true;
        send();
      } else {
        ended(String.valueOf(e.getMessage()));
      }
    }

    private void ended(String error) {
      awaits = false;
      waiting--;
      work.note(tally, request, due, due, sent, System.nanoTime(), error);
      free.add(this);
    }

    void giveUp() {
      forget();
      if (awaits) {
        work.note(tally, request, due, due, sent, System.nanoTime(), "no answer in time");
      }
    }

    private void forget() {
      SocketChannel known = channel;
      channel = null;
      if (known != null) {
        try {
          known.close();
        } catch (IOException e) {
          // nothing is lost with it
        }
      }
    }
  }

  /** What has come, and, where an answer comes in pieces, what comes next. */
  private final class Incoming extends InputStream {
    private final SocketChannel from;

    Incoming(SocketChannel from) {
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
        throw new IOException("no answer in time");
      }
      return count;
    }
  }
}
