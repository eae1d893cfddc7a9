package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import java.util.function.Consumer;
import teos.rpc.v2.GetAllAppointmentsRequest;
import teos.rpc.v2.GetAllAppointmentsResponse;

/** Requests all appointments of a tower, page by page. */
final class AppointmentPages {

  private AppointmentPages() {}

  static void v2(RpcClient rpc, int size, Consumer<GetAllAppointmentsResponse> consumer) {
    ByteString token = ByteString.EMPTY;
    do {
      var page =
          rpc.v2Operator()
              .getAllAppointments(
                  GetAllAppointmentsRequest.newBuilder()
                      .setPageSize(size)
                      .setPageToken(token)
                      .build());
      consumer.accept(page);
      token = page.getNextPageToken();
    } while (!token.isEmpty());
  }

  static void v1(RpcClient rpc, int size, Consumer<Struct> consumer) {
    ByteString token = ByteString.EMPTY;
    do {
      var page =
          rpc.v1()
              .getAllAppointments(
                  teos.rpc.v1.GetAllAppointmentsRequest.newBuilder()
                      .setPageSize(size)
                      .setPageToken(token)
                      .build());
      consumer.accept(page.getAppointments());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
  }
}
