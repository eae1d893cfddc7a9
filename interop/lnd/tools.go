//go:build tools

// What is built of lnd for the tests, besides what the oracle needs.
package lnd

import (
	_ "github.com/lightningnetwork/lnd/cmd/lncli"
	_ "github.com/lightningnetwork/lnd/cmd/lnd"
)
