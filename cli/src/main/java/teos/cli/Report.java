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

/** Output of the tower's responses. Long lists are written as they arrive. */
sealed interface Report permits JsonReport, TableReport {

  void towerInfo(GetTowerInfoResponse info) throws IOException;

  void appointments(Iterator<AppointmentData> appointments) throws IOException;

  /**
   * Shows all users. Fetches only what it shows: the ids, the users with their subscriptions, or
   * both.
   */
  void users(Supplier<Iterator<ByteString>> ids, Supplier<Iterator<UserDetails>> users)
      throws IOException;

  void user(
      ByteString id, GetUserResponse user, Iterator<OperatorClient.UserAppointment> appointments)
      throws IOException;

  void sessions(Iterator<Session> sessions) throws IOException;

  void sessionDeleted(ByteString id) throws IOException;

  void invitations(Iterator<ByteString> ids) throws IOException;

  /**
   * Reports a completed action.
   *
   * @param action key of the result, such as {@code invited}
   * @param subject value of the result, such as the user's id
   * @param note the tower's note on the action; may be empty
   */
  void done(String action, String subject, String note) throws IOException;

  void stopping() throws IOException;
}
