//go:build tools

// Keeps the CLI's main package in go.mod, so that `go mod tidy` does not drop it.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
