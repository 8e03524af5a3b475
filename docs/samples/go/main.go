// Exports connection records with the vendor's Go SDK, in a version that still hands the body over.
//
//	export HUAWEICLOUD_SDK_AK=… HUAWEICLOUD_SDK_SK=… LEDGER_URL=https://ledger.example.com LEDGER_PROJECT=…
//	go mod tidy && go run . connections.xlsx start_time=2020-04-13T01:59Z language=en_US
package main

import (
	"log"
	"os"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	workspace "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspace/v2/model"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: export OUTPUT [NAME=VALUE…]")
	}
	request := &model.ExportUserLoginInfoNewRequest{}
	fields := map[string]**string{
		"start_time":    &request.StartTime,
		"end_time":      &request.EndTime,
		"user_name":     &request.UserName,
		"computer_name": &request.ComputerName,
		"terminal_type": &request.TerminalType,
		"language":      &request.Language,
	}
	for _, pair := range os.Args[2:] {
		name, value, _ := strings.Cut(pair, "=")
		field, known := fields[name]
		if !known {
			log.Fatalf("the SDK knows no filter %q", name)
		}
		*field = &value
	}
	if err := export(request, os.Args[1]); err != nil {
		log.Fatalf("not exported: %v", err)
	}
}

func export(request *model.ExportUserLoginInfoNewRequest, output string) error {
	credentials := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("HUAWEICLOUD_SDK_AK")).
		WithSk(os.Getenv("HUAWEICLOUD_SDK_SK")).
		WithProjectId(os.Getenv("LEDGER_PROJECT")).
		Build()
	client := workspace.NewWorkspaceClient(
		workspace.WorkspaceClientBuilder().
			WithEndpoints([]string{os.Getenv("LEDGER_URL")}).
			WithCredential(credentials).
			Build())

	// A refusal is an error with the status, the code, the message and the identifier of the request.
	response, err := client.ExportUserLoginInfoNew(request)
	if err != nil {
		return err
	}
	partial := output + ".part"
	defer os.Remove(partial)
	file, err := os.Create(partial)
	if err != nil {
		return err
	}
	// An export that breaks off is an error here, and its file never gets its name.
	if _, err = response.Consume(file); err != nil {
		file.Close()
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(partial, output)
}
