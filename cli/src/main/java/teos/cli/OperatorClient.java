package teos.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.tls.CertificatePaths;
import teos.rpc.tls.ClientTls;
import teos.rpc.v2.DeleteSessionRequest;
import teos.rpc.v2.GetAllAppointmentsRequest;
import teos.rpc.v2.GetAllAppointmentsResponse;
import teos.rpc.v2.GetAppointmentsRequest;
import teos.rpc.v2.GetAppointmentsResponse;
import teos.rpc.v2.GetInvitationsRequest;
import teos.rpc.v2.GetInvitationsResponse;
import teos.rpc.v2.GetSessionsRequest;
import teos.rpc.v2.GetSessionsResponse;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserRequest;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.GetUsersRequest;
import teos.rpc.v2.GetUsersResponse;
import teos.rpc.v2.InvitationRequest;
import teos.rpc.v2.LabelUserRequest;
import teos.rpc.v2.PrivateTowerServicesGrpc;
import teos.rpc.v2.PrivateTowerServicesGrpc.PrivateTowerServicesBlockingStub;
import teos.rpc.v2.Session;
import teos.rpc.v2.SetLogLevelRequest;
import teos.rpc.v2.UserDetails;

/**
 * Client of the operator's RPC. Lists are fetched page by page as they are read, so that neither
 * side keeps them in memory; a rust-teos tower has no paging and returns everything as one page.
 */
final class OperatorClient implements AutoCloseable {

  private static final int PAGE_SIZE = 1_000;
  private static final long DEADLINE_SECONDS = 60;
  private static final long CLOSE_SECONDS = 1;

  /** Large enough for the single page of a rust-teos tower. */
  private static final int MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

  private final ManagedChannel channel;
  private final PrivateTowerServicesBlockingStub stub;
  private final Runnable beforeNextPage;

  private OperatorClient(ManagedChannel channel, Runnable beforeNextPage) {
    this.channel = channel;
    this.beforeNextPage = beforeNextPage;
    this.stub = PrivateTowerServicesGrpc.newBlockingStub(channel);
  }

  /**
   * Creates a client; it connects at the first call.
   *
   * @param beforeNextPage runs before the next page of a list is fetched; may throw to stop
   * @throws IOException if the certificates cannot be read
   */
  static OperatorClient at(
      String host, int port, CertificatePaths certificates, Runnable beforeNextPage)
      throws IOException {
    return new OperatorClient(
        OkHttpChannelBuilder.forAddress(host, port, ClientTls.credentials(certificates))
            .overrideAuthority(ClientTls.SERVER_NAME)
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .build(),
        beforeNextPage);
  }

  private PrivateTowerServicesBlockingStub call() {
    return stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  GetTowerInfoResponse towerInfo() {
    return call().getTowerInfo(Empty.getDefaultInstance());
  }

  /**
   * Returns a list that is fetched page by page.
   *
   * @param request returns the request for the page with a token
   */
  private <Q, P, T> Iterator<T> pages(
      Function<ByteString, Q> request,
      BiFunction<PrivateTowerServicesBlockingStub, Q, P> call,
      Function<P, ? extends Collection<T>> entries,
      Function<P, ByteString> next) {
    return new PagedIterator<>(token -> call.apply(call(), request.apply(token)), entries, next);
  }

  Iterator<AppointmentData> allAppointments() {
    return pages(
        token ->
            GetAllAppointmentsRequest.newBuilder()
                .setPageSize(PAGE_SIZE)
                .setPageToken(token)
                .build(),
        PrivateTowerServicesBlockingStub::getAllAppointments,
        GetAllAppointmentsResponse::getAppointmentsList,
        GetAllAppointmentsResponse::getNextPageToken);
  }

  /** Returns the appointments of the first locator, then those of the other. */
  Iterator<AppointmentData> appointments(ByteString locator, ByteString other) {
    Iterator<AppointmentData> first = appointments(locator);
    Iterator<AppointmentData> second = appointments(other);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return first.hasNext() || second.hasNext();
      }

      @Override
      public AppointmentData next() {
        return first.hasNext() ? first.next() : second.next();
      }
    };
  }

  Iterator<AppointmentData> appointments(ByteString locator) {
    return pages(
        token ->
            GetAppointmentsRequest.newBuilder()
                .setLocator(locator)
                .setPageSize(PAGE_SIZE)
                .setPageToken(token)
                .build(),
        PrivateTowerServicesBlockingStub::getAppointments,
        GetAppointmentsResponse::getAppointmentsList,
        GetAppointmentsResponse::getNextPageToken);
  }

  private static GetUsersRequest usersRequest(ByteString token, boolean details) {
    return GetUsersRequest.newBuilder()
        .setPageSize(PAGE_SIZE)
        .setPageToken(token)
        .setDetails(details)
        .build();
  }

  Iterator<ByteString> users() {
    return pages(
        token -> usersRequest(token, false),
        PrivateTowerServicesBlockingStub::getUsers,
        GetUsersResponse::getUserIdsList,
        GetUsersResponse::getNextPageToken);
  }

  /** Returns all users with their subscriptions; from a rust-teos tower, only their ids. */
  Iterator<UserDetails> userDetails() {
    return pages(
        token -> usersRequest(token, true),
        PrivateTowerServicesBlockingStub::getUsers,
        page ->
            page.getUserIdsCount() == 0
                ? page.getUsersList()
                : page.getUserIdsList().stream()
                    .map(id -> UserDetails.newBuilder().setUserId(id).build())
                    .toList(),
        GetUsersResponse::getNextPageToken);
  }

  /** Returns a user's subscription with the first page of their appointments. */
  GetUserResponse user(ByteString userId) {
    return user(userId, ByteString.EMPTY);
  }

  /**
   * Identifiers of a user's appointment.
   *
   * @param locator empty if the tower does not return it, like rust-teos
   */
  record UserAppointment(ByteString uuid, ByteString locator) {}

  /** Returns all appointments of a user; {@code first} is the first page. */
  Iterator<UserAppointment> appointments(ByteString userId, GetUserResponse first) {
    return new PagedIterator<>(
        token -> token.isEmpty() ? first : user(userId, token),
        OperatorClient::userAppointments,
        GetUserResponse::getNextPageToken);
  }

  private static List<UserAppointment> userAppointments(GetUserResponse page) {
    List<UserAppointment> all = new ArrayList<>();
    for (int i = 0; i < page.getAppointmentsCount(); i++) {
      all.add(
          new UserAppointment(
              page.getAppointments(i),
              i < page.getLocatorsCount() ? page.getLocators(i) : ByteString.EMPTY));
    }
    return all;
  }

  private GetUserResponse user(ByteString userId, ByteString token) {
    return call()
        .getUser(
            GetUserRequest.newBuilder()
                .setUserId(userId)
                .setPageSize(PAGE_SIZE)
                .setPageToken(token)
                .build());
  }

  /** Sets the operator's label for a user; an empty one removes it. */
  void label(ByteString user, String label) {
    call().labelUser(LabelUserRequest.newBuilder().setUserId(user).setLabel(label).build());
  }

  Iterator<Session> sessions() {
    return pages(
        token -> GetSessionsRequest.newBuilder().setPageSize(PAGE_SIZE).setPageToken(token).build(),
        PrivateTowerServicesBlockingStub::getSessions,
        GetSessionsResponse::getSessionsList,
        GetSessionsResponse::getNextPageToken);
  }

  void deleteSession(ByteString id) {
    call().deleteSession(DeleteSessionRequest.newBuilder().setSessionId(id).build());
  }

  /** Invites a user. Returns why this has no effect now; empty if it has. */
  String invite(ByteString user) {
    return call().inviteUser(InvitationRequest.newBuilder().setUserId(user).build()).getNote();
  }

  /** Withdraws an invitation. Returns why this has no effect now; empty if it has. */
  String withdrawInvitation(ByteString user) {
    return call()
        .withdrawInvitation(InvitationRequest.newBuilder().setUserId(user).build())
        .getNote();
  }

  Iterator<ByteString> invitations() {
    return pages(
        token ->
            GetInvitationsRequest.newBuilder().setPageSize(PAGE_SIZE).setPageToken(token).build(),
        PrivateTowerServicesBlockingStub::getInvitations,
        GetInvitationsResponse::getUserIdsList,
        GetInvitationsResponse::getNextPageToken);
  }

  /** Sets the level of {@code logger} and returns the level that is now in effect. */
  String setLogLevel(String logger, String level) {
    return call()
        .setLogLevel(SetLogLevelRequest.newBuilder().setLogger(logger).setLevel(level).build())
        .getLevel();
  }

  void stop() {
    call().stop(Empty.getDefaultInstance());
  }

  /** Waits for the connection's threads to end; without this, the JVM would wait longer at exit. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Iterator that fetches a page when the previous one has been read. */
  private final class PagedIterator<P, T> implements Iterator<T> {
    private final Function<ByteString, P> fetch;
    private final Function<P, ? extends Collection<T>> entries;
    private final Function<P, ByteString> next;
    private Iterator<T> page;
    private ByteString token;

    PagedIterator(
        Function<ByteString, P> fetch,
        Function<P, ? extends Collection<T>> entries,
        Function<P, ByteString> next) {
      this.fetch = fetch;
      this.entries = entries;
      this.next = next;
      P first = fetch.apply(ByteString.EMPTY);
      this.page = entries.apply(first).iterator();
      this.token = next.apply(first);
    }

    @Override
    public boolean hasNext() {
      while (!page.hasNext() && !token.isEmpty()) {
        beforeNextPage.run();
        P following = fetch.apply(token);
        page = entries.apply(following).iterator();
        token = next.apply(following);
      }
      return page.hasNext();
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.next();
    }
  }
}
