/**
 * The public HTTP API: both dialects over the same paths.
 *
 * <p>Path of a request (here /add_appointment):
 *
 * <ol>
 *   <li>{@link teos.teosd.http.PublicApi} has the paths of the API
 *   <li>{@link teos.teosd.http.RequestHandler} applies the rate limits, reads the body and sends
 *       the response
 *   <li>{@link teos.teosd.http.UserEndpoints} authenticates the signature, parses the JSON of the
 *       user's dialect, and turns the result into a response
 *   <li>{@link teos.teosd.api.InternalApi} makes the policy decisions and signs the receipt
 * </ol>
 *
 * The server itself is {@link teos.teosd.http.HttpServer}. Bodies are read by {@link
 * teos.teosd.http.RequestBodyReader}, appointments are parsed by {@link
 * teos.teosd.http.SignedAppointment}, and errors come from the user's {@link
 * teos.teosd.http.ApiDialect}.
 */
@NullMarked
package teos.teosd.http;

import org.jspecify.annotations.NullMarked;
