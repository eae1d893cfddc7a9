package teos.tower.gatekeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import teos.justice.BlobType;
import teos.justice.JusticePolicy;
import teos.protocol.Dialect;
import teos.protocol.MessageSignature;
import teos.protocol.PublicKey;
import teos.protocol.RegistrationReceipt;
import teos.protocol.SecretKey;
import teos.protocol.SignedTexts;
import teos.tower.database.Database;
import teos.tower.gatekeeper.Gatekeeper.SubscriptionTerms;
import teos.tower.store.AppointmentsDBM;
import teos.tower.store.OpenDatabase;
import teos.tower.store.SessionRecord;
import teos.tower.store.SessionsDBM;
import teos.tower.store.TestStore;
import teos.tower.store.TrackersDBM;
import teos.tower.store.UserRecord;
import teos.tower.store.UserRecord.Usage;
import teos.tower.store.UsersDBM;

/**
 * Registration, authentication, slots and expiry by the gatekeeper itself, on either database. Many
 * steps in any order are in {@link PromisesModelTest}, large purges in {@link
 * ExpiredUserPurgerTest}.
 */
class GatekeeperTest {

  private static final int START = 1_000;
  private static final int SLOTS = 100;
  private static final int DURATION = 10;
  private static final int EXPIRY_DELTA = 2;
  private static final SubscriptionTerms TERMS =
      new SubscriptionTerms(SLOTS, DURATION, EXPIRY_DELTA);
  private static final long U32_MAX = 0xffff_ffffL;
  private static final long AMPLE = 1_000_000;

  private final UsersDBM users = new UsersDBM();
  private final SecretKey key = SecretKey.generate(new SecureRandom());
  private final PublicKey user = key.publicKey();
  @OpenDatabase private Database database;
  private Gatekeeper gatekeeper;

  @BeforeEach
  void open() {
    gatekeeper = gatekeeper(AMPLE, TERMS, START);
  }

  /** Returns a gatekeeper with nothing in memory, as after a restart at {@code height}. */
  private Gatekeeper gatekeeper(long capacity, SubscriptionTerms terms, int height) {
    return new Gatekeeper(
        database,
        users,
        new AppointmentsDBM(database),
        new TrackersDBM(),
        new Capacity(database, capacity),
        terms,
        height);
  }

  private UserRecord stored() {
    return gatekeeper.user(user).orElseThrow();
  }

  private Optional<UserRecord> authenticate() {
    byte[] request = SignedTexts.getSubscriptionInfo();
    return gatekeeper.authenticate(request, MessageSignature.sign(request, key));
  }

  private Optional<Gatekeeper.Signer> signer() {
    byte[] request = SignedTexts.getSubscriptionInfo();
    return gatekeeper.signer(request, MessageSignature.sign(request, key));
  }

  private void spend(long slots) {
    database.execute(
        handle -> {
          UserRecord now = users.load(handle, user).orElseThrow();
          gatekeeper.update(handle, List.of(now.withoutSlots(slots).orElseThrow()));
        });
  }

  private void openSession(Handle handle, PublicKey id) {
    JusticePolicy policy = JusticePolicy.altruist(new BlobType(0b10), 2_500);
    new SessionsDBM().store(handle, SessionRecord.opened(id, policy, new byte[0], 10, START));
  }

  // Registration

  @Test
  void register_newUser_reservesTheSlotsOfTheReceipt() {
    RegistrationReceipt receipt = gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(receipt).isEqualTo(new RegistrationReceipt(user, SLOTS, START, START + DURATION));
    assertThat(stored())
        .isEqualTo(
            new UserRecord(user, Dialect.V2, SLOTS, START, START + DURATION, SLOTS, Usage.UNUSED));
    assertThat(gatekeeper.capacity().usage().reserved()).isEqualTo(SLOTS);
  }

  @Test
  void register_keyOfAnLndSession_isRejected() {
    database.execute(handle -> openSession(handle, user));
    assertThatThrownBy(() -> gatekeeper.addOrUpdateUser(user, Dialect.V2))
        .isInstanceOf(Gatekeeper.SessionKeyException.class);
    assertThat(gatekeeper.user(user)).isEmpty();
  }

  @Test
  void renew_v2_addsSlotsAndDurationToTheCurrentExpiry() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    gatekeeper.blockConnected(START + 4);
    RegistrationReceipt renewed = gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(renewed)
        .isEqualTo(new RegistrationReceipt(user, 2 * SLOTS, START, START + 2 * DURATION));
  }

  @Test
  void renew_v2AfterExpiry_addsDurationToTheCurrentHeight() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    gatekeeper.blockConnected(START + DURATION + 1);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V2).subscriptionExpiry())
        .isEqualTo(START + 2 * DURATION + 1);
  }

  @Test
  void renew_v1_endsTheDurationFromNowButNeverEarlierThanBefore() {
    gatekeeper.addOrUpdateUser(user, Dialect.V1);
    gatekeeper.blockConnected(START + 4);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V1).subscriptionExpiry())
        .isEqualTo(START + 4 + DURATION);
    gatekeeper.blockDisconnected(START + 4);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V1).subscriptionExpiry())
        .isEqualTo(START + 4 + DURATION);
  }

  @Test
  void renew_mostSlotsAndLastExpiry_isRejectedAndChangesNothing() {
    gatekeeper = gatekeeper(1L << 45, new SubscriptionTerms(U32_MAX, U32_MAX, EXPIRY_DELTA), START);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    UserRecord before = stored();
    assertThat(before.availableSlots()).isEqualTo(U32_MAX);
    assertThat(before.subscriptionExpiry()).isEqualTo(U32_MAX);
    assertThatThrownBy(() -> gatekeeper.addOrUpdateUser(user, Dialect.V2))
        .isInstanceOf(Gatekeeper.MaxSlotsReachedException.class);
    assertThat(stored()).isEqualTo(before);
    assertThat(gatekeeper.capacity().usage().reserved()).isEqualTo(U32_MAX);
  }

  @Test
  void register_noSlotFree_rejectsNewUsersAndChangesNothing() {
    gatekeeper = gatekeeper(1, TERMS, START);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    PublicKey late = TestStore.newUser();
    assertThatThrownBy(() -> gatekeeper.addOrUpdateUser(late, Dialect.V2))
        .isInstanceOf(Gatekeeper.TowerFullException.class);
    assertThat(gatekeeper.user(late)).isEmpty();
    assertThat(gatekeeper.capacity().usage()).isEqualTo(new Capacity.Usage(1, 1));
  }

  @Test
  void renew_noSlotFree_grantsV2OneSlotOncePerSubscriptionAndV1None() {
    gatekeeper = gatekeeper(1, TERMS, START);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    gatekeeper.blockConnected(START + 1);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V2).availableSlots()).isEqualTo(2);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V2).availableSlots()).isEqualTo(2);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V1).availableSlots()).isEqualTo(2);
    assertThat(gatekeeper.capacity().usage()).isEqualTo(new Capacity.Usage(1, 2));
  }

  // Authentication

  @Test
  void authenticate_firstRequest_fixesTheDialect() {
    gatekeeper.addOrUpdateUser(user, Dialect.V1);
    assertThat(authenticate().orElseThrow().usage()).isEqualTo(Usage.USED);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(stored().dialect()).isEqualTo(Dialect.V1);
    assertThat(stored().usage()).isEqualTo(Usage.USED);
  }

  @Test
  void authenticate_keyRegisteredInBothDialects_leavesTheDialectOpen() {
    gatekeeper.addOrUpdateUser(user, Dialect.V1);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(authenticate().orElseThrow().usage()).isEqualTo(Usage.CONTESTED);
    assertThat(stored().usage()).isEqualTo(Usage.CONTESTED);
  }

  @Test
  void authenticate_unknownUserOrInvalidSignature_isEmpty() {
    assertThat(authenticate()).isEmpty();
    assertThat(signer()).isEmpty();
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(gatekeeper.authenticate(SignedTexts.getSubscriptionInfo(), "no signature"))
        .isEmpty();
    assertThat(gatekeeper.signer(SignedTexts.getSubscriptionInfo(), "no signature")).isEmpty();
  }

  @Test
  void signer_afterRenewalAndPurge_isNotTakenFromTheCache() {
    gatekeeper.addOrUpdateUser(user, Dialect.V1);
    assertThat(signer()).contains(new Gatekeeper.Signer(user, Dialect.V1));
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    assertThat(signer()).contains(new Gatekeeper.Signer(user, Dialect.V2));
    gatekeeper.blockConnected(START + 10 * DURATION);
    assertThat(signer()).isEmpty();
  }

  // Slots

  @Test
  void returnSlots_addsSpentSlotsButNotMoreThanReserved() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    spend(30);
    assertThat(stored().availableSlots()).isEqualTo(SLOTS - 30);
    database.execute(handle -> gatekeeper.returnSlots(handle, user, 20));
    assertThat(stored().availableSlots()).isEqualTo(SLOTS - 10);
    database.execute(handle -> gatekeeper.returnSlots(handle, user, 20));
    assertThat(stored().availableSlots()).isEqualTo(SLOTS);
    assertThat(gatekeeper.capacity().usage().reserved()).isEqualTo(SLOTS);
    assertThat(stored().withoutSlots(SLOTS + 1)).isEmpty();
  }

  @Test
  void forfeitSlots_freesThemForOthers() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    spend(30);
    database.execute(handle -> gatekeeper.forfeitSlots(handle, user, 30));
    assertThat(stored().availableSlots()).isEqualTo(SLOTS - 30);
    assertThat(stored().reservedSlots()).isEqualTo(SLOTS - 30);
    assertThat(gatekeeper.capacity().usage().reserved()).isEqualTo(SLOTS - 30);
  }

  @Test
  void slotsOfUnknownUsers_areZeroAndStaySo() {
    database.execute(
        handle -> {
          gatekeeper.returnSlots(handle, user, 5);
          gatekeeper.forfeitSlots(handle, user, 5);
          assertThat(gatekeeper.availableSlots(handle, user)).isZero();
          assertThat(gatekeeper.users(handle, List.of(user))).isEqualTo(Map.of());
        });
    assertThat(gatekeeper.capacity().usage().reserved()).isZero();
  }

  // Expiry

  @Test
  void hasExpired_fromTheExpiryHeightUntilItsBlockLeavesTheChain() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    gatekeeper.blockConnected(START + DURATION - 1);
    assertThat(gatekeeper.hasExpired(stored())).isFalse();
    gatekeeper.blockConnected(START + DURATION);
    assertThat(gatekeeper.hasExpired(stored())).isTrue();
    gatekeeper.blockDisconnected(START + DURATION);
    assertThat(gatekeeper.height()).isEqualTo(START + DURATION - 1);
    assertThat(gatekeeper.hasExpired(stored())).isFalse();
  }

  @Test
  void blockConnected_expiryDeltaAfterTheExpiry_purgesTheUserAndFreesTheSlots() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    gatekeeper.blockConnected(START + DURATION + EXPIRY_DELTA - 1);
    assertThat(gatekeeper.user(user)).isPresent();
    gatekeeper.blockConnected(START + DURATION + EXPIRY_DELTA);
    assertThat(gatekeeper.user(user)).isEmpty();
    assertThat(gatekeeper.capacity().usage().reserved()).isZero();
  }

  @Test
  void blockConnected_registrationAfterAReorg_isStillPurgedOnTime() {
    gatekeeper.blockConnected(START + 1); // plans the next purge
    gatekeeper.blockDisconnected(START + 1);
    gatekeeper.blockDisconnected(START);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    int expiry = START - 1 + DURATION;
    gatekeeper.blockConnected(expiry + EXPIRY_DELTA);
    assertThat(gatekeeper.user(user)).isEmpty();
  }

  @Test
  void blockConnected_unusedKey_isPurgedADayLaterOnlyWhileCapacityIsLow() {
    SubscriptionTerms longTerms = new SubscriptionTerms(SLOTS, 10_000, EXPIRY_DELTA);
    gatekeeper = gatekeeper(4, longTerms, START);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    gatekeeper.blockConnected(START + Gatekeeper.UNUSED_BLOCKS);
    assertThat(gatekeeper.user(user)).as("3 of 4 slots are free").isPresent();
    PublicKey other = TestStore.newUser();
    gatekeeper.addOrUpdateUser(other, Dialect.V2);
    PublicKey third = TestStore.newUser();
    gatekeeper.addOrUpdateUser(third, Dialect.V2);
    gatekeeper.blockConnected(START + Gatekeeper.UNUSED_BLOCKS + 1);
    assertThat(gatekeeper.user(user)).as("1 of 4 slots is free").isEmpty();
    assertThat(gatekeeper.user(other)).as("registered a block ago").isPresent();
    assertThat(gatekeeper.capacity().usage().reserved()).isEqualTo(2);
  }

  @Test
  void blockConnected_usedKey_isNotPurgedWhileCapacityIsLow() {
    gatekeeper = gatekeeper(1, new SubscriptionTerms(SLOTS, 10_000, EXPIRY_DELTA), START);
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    authenticate();
    gatekeeper.blockConnected(START + Gatekeeper.UNUSED_BLOCKS);
    assertThat(gatekeeper.user(user)).isPresent();
  }

  // Startup

  @Test
  void restart_knowsUsersAndSlotsAndPurgesWhatExpiredMeanwhile() {
    gatekeeper.addOrUpdateUser(user, Dialect.V2);
    spend(30);
    UserRecord before = stored();
    gatekeeper = gatekeeper(AMPLE, TERMS, START + 3);
    assertThat(gatekeeper.height()).isEqualTo(START + 3);
    assertThat(stored()).isEqualTo(before);
    assertThat(gatekeeper.capacity().usage().reserved()).isEqualTo(SLOTS);
    gatekeeper = gatekeeper(AMPLE, TERMS, START + DURATION + EXPIRY_DELTA);
    gatekeeper.blockConnected(START + DURATION + EXPIRY_DELTA + 1);
    assertThat(gatekeeper.user(user)).isEmpty();
    assertThat(gatekeeper.capacity().usage().reserved()).isZero();
  }

  @Test
  void setHeight_ofAFrontEnd_datesRegistrations() {
    gatekeeper = gatekeeper(AMPLE, TERMS, 0);
    gatekeeper.setHeight(START + 7);
    assertThat(gatekeeper.addOrUpdateUser(user, Dialect.V2).subscriptionStart())
        .isEqualTo(START + 7);
  }
}
