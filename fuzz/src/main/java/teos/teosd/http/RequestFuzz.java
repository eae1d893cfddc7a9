package teos.teosd.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Fuzz target for the request bodies of both HTTP dialects. */
public final class RequestFuzz {

  private static final List<ApiDialect> DIALECTS =
      List.of(new ApiDialectV1(20), new ApiDialectV2());

  private RequestFuzz() {}

  private interface Inspection {
    void inspect(JsonNode request) throws ApiException;
  }

  public static void fuzzerTestOneInput(byte[] data) {
    for (ApiDialect dialect : DIALECTS) {
      JsonNode request;
      try {
        request = RequestBodyReader.parse(data, dialect);
      } catch (ApiException e) {
        continue;
      }
      if (request.isObject()) {
        inspect(request, dialect::inspectRegister);
        SignedAppointment.parse(request).ifPresent(dialect::accepts);
        inspect(request, dialect::inspectAddAppointment);
        inspect(request, dialect::inspectGetAppointment);
        inspect(request, dialect::inspectGetSubscriptionInfo);
      }
    }
  }

  private static void inspect(JsonNode request, Inspection inspection) {
    try {
      inspection.inspect(request);
    } catch (ApiException e) {
      // expected for malformed requests
    }
  }
}
