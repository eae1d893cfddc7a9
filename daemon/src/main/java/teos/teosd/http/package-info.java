/**
 * The public HTTP API: both dialects over the same paths.
 *
 * <p>Path of a request, from the socket to the disk (here /add_appointment):
 *
 * <ol>
 *   <li>{@link teos.teosd.http.HttpServer} receives the request on a virtual thread
 *   <li>{@link teos.teosd.http.PublicApi} finds the route
 *   <li>{@link teos.teosd.http.RequestHandler} applies the limits and sends the response
 *   <li>{@link teos.teosd.http.RequestBodyReader} reads the JSON
 *   <li>{@link teos.teosd.http.UserEndpoints} turns JSON into a call and the result into a response
 *   <li>{@link teos.teosd.http.SignedAppointment} parses the appointment
 *   <li>{@link teos.teosd.api.InternalApi} makes the policy decisions and signs the receipt
 *   <li>{@link teos.tower.appointments.AppointmentService} checks and stores the appointment
 * </ol>
 *
 * Errors come from the user's {@link teos.teosd.http.ApiDialect}.
 */
@NullMarked
package teos.teosd.http;

import org.jspecify.annotations.NullMarked;
