//go:build tools

// What is built here: Caddy itself, pinned by go.mod and go.sum.
package tools

import _ "github.com/caddyserver/caddy/v2/cmd/caddy"
