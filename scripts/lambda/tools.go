//go:build tools

// What is built here: AWS's emulator of the Lambda runtime, pinned by go.mod and go.sum.
package tools

import _ "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie"
