//go:build tools

// Keeps the language host's main package in go.mod, so that `go mod tidy` does not drop it.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
