// Command oracle prints blobs of lnd's watchtower clients, and the justice transactions that lnd's own
// tower makes of them, as JSON, a case a line: oracle COUNT [SEED].
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strconv"

	"bytes"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcutil"
	"github.com/btcsuite/btcd/btcutil/txsort"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/txscript"
	"github.com/btcsuite/btcd/wire"
	"github.com/lightningnetwork/lnd/fn/v2"
	"github.com/lightningnetwork/lnd/input"
	"github.com/lightningnetwork/lnd/lnwallet"
	"github.com/lightningnetwork/lnd/lnwallet/chainfee"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/watchtower/blob"
	"github.com/lightningnetwork/lnd/watchtower/lookout"
	"github.com/lightningnetwork/lnd/watchtower/wtdb"
	"github.com/lightningnetwork/lnd/watchtower/wtpolicy"
)

type testCase struct {
	Type         uint16 `json:"type"`
	RewardBase   uint32 `json:"reward_base"`
	RewardRate   uint32 `json:"reward_rate"`
	SweepFeeRate uint64 `json:"sweep_fee_rate"`
	RewardScript string `json:"reward_script"`
	Commitment   string `json:"commitment"`
	Txid         string `json:"txid"` // internal order
	Hint         string `json:"hint"`
	Blob         string `json:"blob"`
	Justice      string `json:"justice"` // empty where lnd refuses to make one
}

var types = []blob.Type{
	blob.TypeAltruistCommit, blob.TypeRewardCommit, blob.TypeAltruistAnchorCommit,
	blob.TypeAltruistTaprootCommit,
}

func main() {
	count, err := strconv.Atoi(os.Args[1])
	check(err)
	seed := int64(1)
	if len(os.Args) > 2 {
		seed, err = strconv.ParseInt(os.Args[2], 10, 64)
		check(err)
	}
	random := rand.New(rand.NewSource(seed))
	out := json.NewEncoder(os.Stdout)
	for i := 0; i < count; i++ {
		check(out.Encode(makeCase(random, types[i%len(types)])))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func randomBytes(random *rand.Rand, length int) []byte {
	made := make([]byte, length)
	random.Read(made)
	return made
}

func randomKey(random *rand.Rand) (*btcec.PrivateKey, *btcec.PublicKey) {
	return btcec.PrivKeyFromBytes(randomBytes(random, 32))
}

// One of the three kinds of scripts that may be swept to.
func sweepScript(random *rand.Rand) []byte {
	switch random.Intn(3) {
	case 0:
		return append([]byte{0x00, 0x14}, randomBytes(random, 20)...)
	case 1:
		return append([]byte{0x00, 0x20}, randomBytes(random, 32)...)
	default:
		return append([]byte{0x51, 0x20}, randomBytes(random, 32)...)
	}
}

// Delays whose numbers in scripts are of every length.
func delay(random *rand.Rand) uint32 {
	choices := []uint32{
		1, 16, 17, 127, 128, 144, 255, 256, 2016, 32767, 32768, 65535,
		uint32(random.Intn(65535) + 1),
	}
	return choices[random.Intn(len(choices))]
}

// What the two outputs look like, and how they are signed for.
type outputs struct {
	localScript, localWitness   []byte
	remoteScript, remoteWitness []byte
}

func scripts(kind blob.Type, csv uint32, local, revoke, remote *btcec.PublicKey) outputs {
	var o outputs
	var err error
	if kind.IsTaprootChannel() {
		tree, err := input.NewLocalCommitScriptTree(
			csv, local, revoke, fn.None[txscript.TapLeaf](),
		)
		check(err)
		o.localWitness = tree.RevocationLeaf.Script
		o.localScript, err = input.PayToTaprootScript(tree.TaprootKey)
		check(err)
		remoteTree, err := input.NewRemoteCommitScriptTree(
			remote, fn.None[txscript.TapLeaf](),
		)
		check(err)
		o.remoteWitness = remoteTree.SettleLeaf.Script
		o.remoteScript, err = input.PayToTaprootScript(remoteTree.TaprootKey)
		check(err)
		return o
	}
	o.localWitness, err = input.CommitScriptToSelf(csv, local, revoke)
	check(err)
	o.localScript, err = input.WitnessScriptHash(o.localWitness)
	check(err)
	if kind.IsAnchorChannel() {
		o.remoteWitness, err = input.CommitScriptToRemoteConfirmed(remote)
		check(err)
		o.remoteScript, err = input.WitnessScriptHash(o.remoteWitness)
		check(err)
	} else {
		o.remoteScript, err = input.CommitScriptUnencumbered(remote)
		check(err)
		o.remoteWitness = o.remoteScript
	}
	return o
}

func makeCase(random *rand.Rand, kind blob.Type) testCase {
	commitment, err := kind.CommitmentType(nil)
	check(err)
	revokeKey, revoke := randomKey(random)
	_, local := randomKey(random)
	remoteKey, remote := randomKey(random)
	csv := delay(random)
	withRemote := random.Intn(4) != 0
	o := scripts(kind, csv, local, revoke, remote)

	breach := wire.NewMsgTx(2)
	breach.AddTxIn(&wire.TxIn{Sequence: random.Uint32()})
	random.Read(breach.TxIn[0].PreviousOutPoint.Hash[:])
	localOut := wire.NewTxOut(amount(random), o.localScript)
	remoteOut := wire.NewTxOut(amount(random), o.remoteScript)
	all := []*wire.TxOut{localOut}
	if withRemote {
		all = append(all, remoteOut)
	}
	for i := random.Intn(4); i > 0; i-- {
		all = append(all, wire.NewTxOut(330, sweepScript(random)))
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	breach.TxOut = all
	txid := breach.TxHash()

	policy := wtpolicy.Policy{
		TxPolicy: wtpolicy.TxPolicy{
			BlobType:     kind,
			SweepFeeRate: chainfee.SatPerKWeight(253 + random.Intn(5000)),
		},
		MaxUpdates: 1024,
	}
	if kind.Has(blob.FlagReward) {
		policy.RewardBase = uint32(random.Intn(1000))
		policy.RewardRate = uint32(random.Intn(500000))
	}
	session := &wtdb.SessionInfo{
		Policy:        policy,
		RewardAddress: append([]byte{0x00, 0x14}, randomBytes(random, 20)...),
	}
	sweep := sweepScript(random)
	kit, err := commitment.NewJusticeKit(sweep, &lnwallet.BreachRetribution{
		RemoteDelay: csv,
		KeyRing: &lnwallet.CommitmentKeyRing{
			ToLocalKey: local, ToRemoteKey: remote, RevocationKey: revoke,
		},
	}, withRemote)
	check(err)

	made := testCase{
		Type:         uint16(kind),
		RewardBase:   policy.RewardBase,
		RewardRate:   policy.RewardRate,
		SweepFeeRate: uint64(policy.SweepFeeRate),
		RewardScript: hex.EncodeToString(session.RewardAddress),
		Commitment:   serialized(breach),
		Txid:         hex.EncodeToString(txid[:]),
	}
	sign(kit, session, commitment, kind, breach, localOut, remoteOut, withRemote, o,
		revokeKey, remoteKey)
	hint, key := blob.NewBreachHintAndKeyFromHash(&txid)
	made.Hint = hex.EncodeToString(hint[:])
	encrypted, err := blob.Encrypt(kit, key)
	check(err)
	made.Blob = hex.EncodeToString(encrypted)
	made.Justice = justice(key, encrypted, session, breach)
	return made
}

// Some so small that next to nothing is left of them.
func amount(random *rand.Rand) int64 {
	if random.Intn(12) == 0 {
		return int64(330 + random.Intn(2500))
	}
	return int64(2_000 + random.Intn(50_000_000))
}

func serialized(tx *wire.MsgTx) string {
	var out bytes.Buffer
	check(tx.Serialize(&out))
	return hex.EncodeToString(out.Bytes())
}

// As lnd's tower does it.
func justice(key blob.BreachKey, encrypted []byte, session *wtdb.SessionInfo,
	breach *wire.MsgTx) string {

	kit, err := blob.Decrypt(key, encrypted, session.Policy.BlobType)
	check(err)
	descriptor := &lookout.JusticeDescriptor{
		BreachedCommitTx: breach, SessionInfo: session, JusticeKit: kit,
	}
	tx, err := descriptor.CreateJusticeTxn()
	if err != nil {
		return ""
	}
	return serialized(tx)
}

// As lnd's client does it.
func sign(kit blob.JusticeKit, session *wtdb.SessionInfo, commitment blob.CommitmentType,
	kind blob.Type, breach *wire.MsgTx, localOut, remoteOut *wire.TxOut, withRemote bool,
	o outputs, revokeKey, remoteKey *btcec.PrivateKey) {

	txid := breach.TxHash()
	var weight input.TxWeightEstimator
	size, err := commitment.ToLocalWitnessSize()
	check(err)
	weight.AddWitnessInput(size)
	if len(kit.SweepAddress()) == input.P2WPKHSize {
		weight.AddP2WKHOutput()
	} else {
		weight.AddP2WSHOutput()
	}
	if kind.Has(blob.FlagReward) {
		weight.AddP2WKHOutput()
	}
	total := btcutil.Amount(localOut.Value)
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{
		Hash: txid, Index: index(breach, localOut),
	}})
	if withRemote {
		size, err := commitment.ToRemoteWitnessSize()
		check(err)
		weight.AddWitnessInput(size)
		total += btcutil.Amount(remoteOut.Value)
		sequence := uint32(0)
		if kind.IsAnchorChannel() || kind.IsTaprootChannel() {
			sequence = 1
		}
		tx.AddTxIn(&wire.TxIn{
			PreviousOutPoint: wire.OutPoint{Hash: txid, Index: index(breach, remoteOut)},
			Sequence:         sequence,
		})
	}
	outs, err := session.Policy.ComputeJusticeTxOuts(
		total, weight.Weight(), kit.SweepAddress(), session.RewardAddress,
	)
	if err != nil {
		// The client would not send this one; the tower has to refuse it all the same.
		outs = []*wire.TxOut{wire.NewTxOut(1000, kit.SweepAddress())}
	}
	tx.TxOut = outs
	txsort.InPlaceSort(tx)
	fetcher := txscript.NewMultiPrevOutFetcher(nil)
	for i := range breach.TxOut {
		fetcher.AddPrevOut(wire.OutPoint{Hash: txid, Index: uint32(i)}, breach.TxOut[i])
	}
	kit.AddToLocalSig(signature(tx, txid, index(breach, localOut), localOut, o.localWitness,
		revokeKey, fetcher, kind))
	if withRemote {
		kit.AddToRemoteSig(signature(tx, txid, index(breach, remoteOut), remoteOut,
			o.remoteWitness, remoteKey, fetcher, kind))
	}
}

func index(tx *wire.MsgTx, out *wire.TxOut) uint32 {
	for i, other := range tx.TxOut {
		if other == out {
			return uint32(i)
		}
	}
	panic("no such output")
}

func signature(tx *wire.MsgTx, txid chainhash.Hash, spent uint32, out *wire.TxOut,
	script []byte, key *btcec.PrivateKey, fetcher *txscript.MultiPrevOutFetcher,
	kind blob.Type) lnwire.Sig {

	position := 0
	for i, in := range tx.TxIn {
		if in.PreviousOutPoint == (wire.OutPoint{Hash: txid, Index: spent}) {
			position = i
		}
	}
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	if kind.IsTaprootChannel() {
		raw, err := txscript.RawTxInTapscriptSignature(
			tx, hashes, position, out.Value, out.PkScript,
			txscript.NewBaseTapLeaf(script), txscript.SigHashDefault, key,
		)
		check(err)
		sig, err := lnwire.NewSigFromSchnorrRawSignature(raw)
		check(err)
		return sig
	}
	raw, err := txscript.RawTxInWitnessSignature(
		tx, hashes, position, out.Value, script, txscript.SigHashAll, key,
	)
	check(err)
	sig, err := lnwire.NewSigFromECDSARawSignature(raw[:len(raw)-1])
	check(err)
	return sig
}
