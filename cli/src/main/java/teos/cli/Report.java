package teos.cli;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.Iterator;
import java.util.function.Supplier;
import teos.rpc.common.v2.AppointmentData;
import teos.rpc.v2.GetTowerInfoResponse;
import teos.rpc.v2.GetUserResponse;
import teos.rpc.v2.Session;
import teos.rpc.v2.UserDetails;

/** How answers are shown. What is long is written as it comes. */
sealed interface Report permits JsonReport, TableReport {

  void towerInfo(GetTowerInfoResponse info) throws IOException;

  void appointments(Iterator<AppointmentData> appointments) throws IOException;

  /** Asks for what it shows: the ids of all users, or all users with their subscriptions. */
  void users(Supplier<Iterator<ByteString>> ids, Supplier<Iterator<UserDetails>> users)
      throws IOException;

  void user(
      ByteString id, GetUserResponse user, Iterator<OperatorClient.UserAppointment> appointments)
      throws IOException;

  void sessions(Iterator<Session> sessions) throws IOException;

  void sessionDeleted(ByteString id) throws IOException;

  void invitations(Iterator<ByteString> ids) throws IOException;

  /**
   * Something has been done.
   *
   * @param note what there is to say of it; may be empty
   */
  void done(String what, String with, String note) throws IOException;

  void stopping() throws IOException;
}
