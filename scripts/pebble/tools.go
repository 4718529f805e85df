//go:build tools

// What is built here: Pebble, an ACME server for tests, and its DNS server, pinned by go.mod and go.sum.
package tools

import (
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble"
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv"
)
