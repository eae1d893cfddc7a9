package teos.teosd.http;

import teos.protocol.Appointment;

/** A well-formed add_appointment request; who signed it is another question. */
record SignedAppointment(Appointment appointment, String signature) {}
