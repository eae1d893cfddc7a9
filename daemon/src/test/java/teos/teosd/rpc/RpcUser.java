package teos.teosd.rpc;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.util.HexFormat;
import teos.protocol.Appointment;
import teos.protocol.FixedBytes;
import teos.protocol.Locator;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.SecretKey;
import teos.protocol.SignedTexts;
import teos.rpc.common.v2.GetSubscriptionInfoRequest;

/** User who signs requests of both dialects. */
record RpcUser(SecretKey key) {

  private static final SecureRandom RANDOM = new SecureRandom();

  static RpcUser create() {
    return new RpcUser(SecretKey.generate(RANDOM));
  }

  /** Returns a random appointment whose dispute will never appear. */
  static Appointment appointment(int blobBytes) {
    byte[] locator = new byte[Locator.LENGTH];
    byte[] blob = new byte[blobBytes];
    RANDOM.nextBytes(locator);
    RANDOM.nextBytes(blob);
    return new Appointment(new Locator(locator), blob, 144);
  }

  PublicKey id() {
    return key.publicKey();
  }

  String sign(byte[] message) {
    return MessageSignature.sign(message, key);
  }

  static ByteString bytes(FixedBytes bytes) {
    return ByteString.copyFrom(bytes.bytes());
  }

  // v1

  teos.rpc.v1.RegisterRequest v1Register() {
    return teos.rpc.v1.RegisterRequest.newBuilder().setUserId(id().toHex()).build();
  }

  static teos.rpc.v1.Appointment v1(Appointment appointment) {
    return teos.rpc.v1.Appointment.newBuilder()
        .setLocator(appointment.locator().toHex())
        .setEncryptedBlob(HexFormat.of().formatHex(appointment.encryptedBlob()))
        .setToSelfDelay((int) appointment.toSelfDelay())
        .build();
  }

  teos.rpc.v1.AddAppointmentRequest v1Add(Appointment appointment) {
    return teos.rpc.v1.AddAppointmentRequest.newBuilder()
        .setAppointment(v1(appointment))
        .setSignature(sign(appointment.signedBytes()))
        .build();
  }

  teos.rpc.v1.GetAppointmentRequest v1Get(Locator locator) {
    return teos.rpc.v1.GetAppointmentRequest.newBuilder()
        .setLocator(locator.toHex())
        .setSignature(sign(SignedTexts.getAppointment(locator)))
        .build();
  }

  teos.rpc.v1.GetSubscriptionInfoRequest v1Subscription() {
    return teos.rpc.v1.GetSubscriptionInfoRequest.newBuilder()
        .setSignature(sign(SignedTexts.getSubscriptionInfo()))
        .build();
  }

  // v2

  teos.rpc.common.v2.RegisterRequest v2Register() {
    return teos.rpc.common.v2.RegisterRequest.newBuilder().setUserId(bytes(id())).build();
  }

  static teos.rpc.common.v2.Appointment v2(Appointment appointment) {
    return teos.rpc.common.v2.Appointment.newBuilder()
        .setLocator(bytes(appointment.locator()))
        .setEncryptedBlob(ByteString.copyFrom(appointment.encryptedBlob()))
        .setToSelfDelay((int) appointment.toSelfDelay())
        .build();
  }

  teos.rpc.common.v2.AddAppointmentRequest v2Add(Appointment appointment) {
    return teos.rpc.common.v2.AddAppointmentRequest.newBuilder()
        .setAppointment(v2(appointment))
        .setSignature(sign(appointment.signedBytes()))
        .build();
  }

  teos.rpc.common.v2.GetAppointmentRequest v2Get(Locator locator) {
    return teos.rpc.common.v2.GetAppointmentRequest.newBuilder()
        .setLocator(bytes(locator))
        .setSignature(sign(SignedTexts.getAppointment(locator)))
        .build();
  }

  GetSubscriptionInfoRequest v2Subscription() {
    return GetSubscriptionInfoRequest.newBuilder()
        .setSignature(sign(SignedTexts.getSubscriptionInfo()))
        .build();
  }
}
